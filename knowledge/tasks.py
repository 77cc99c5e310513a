"""What beat does for knowledge."""

from datetime import timedelta

from celery import shared_task

from knowledge import workflow
from knowledge.gaps import external_urls
from knowledge.models import (
    ActionItem,
    DocumentImport,
    Freshness,
    LinkCheck,
    ReadingDuty,
    Revision,
)
from knowledge.workflow.attaching import sweep_attachments
from knowledge.workflow.importing import due_imports, forget_archives, work_on
from knowledge.workflow.linking import judge_all_links
from knowledge.workflow.redrawing import redraw_outdated
from portal import clock
from portal.hints import later
from portal.models import User
from portal.schedule import periodic

AT_ONCE = 500  # reminders that one round starts
LINKS_AT_ONCE = 50


@periodic("Remind of action items", timedelta(minutes=15))
@shared_task(name="knowledge.remind_of_actions")
def remind_of_actions() -> None:
    """Remind owners, and after two weeks managers, of action items that are due."""
    due = ActionItem.objects.with_reminder_due(clock.now()).order_by("remind_at")
    for pk in due.values_list("pk", flat=True)[:AT_ONCE]:
        later("knowledge.remind_of_action", pk)


@shared_task(name="knowledge.remind_of_action")
def remind_of_action(action_id: int) -> None:
    """Remind of one action item, if that is still owed."""
    workflow.remind(action_id, now=clock.now())


@periodic("Draw documents by today's rules", timedelta(minutes=5))
@shared_task(name="knowledge.redraw_documents")
def redraw_documents() -> None:
    """Draw anew what an earlier version of the portal drew, some at a time."""
    redraw_outdated()


@periodic("Judge links of documents anew", timedelta(hours=24))
@shared_task(name="knowledge.judge_links")
def judge_links() -> None:
    """Find again where links lead; the verbs do so at once, this mends what they missed."""
    judge_all_links()


@periodic("Remove files that no document knows", timedelta(hours=6))
@shared_task(name="knowledge.sweep_attachments")
def sweep_unknown_files() -> None:
    """Remove the files of requests that failed after they were written."""
    sweep_attachments(clock.now())


@shared_task(name="knowledge.note_reading")
def note_reading(revision_id: int, person_id: int) -> None:
    """Count that somebody opened a revision; the page does not wait for it."""
    revision = Revision.objects.only("document").get(pk=revision_id)
    person = User.objects.get(pk=person_id)
    workflow.note_reading(revision, person=person, now=clock.now())


@periodic("Remind of documents to read", timedelta(minutes=15))
@shared_task(name="knowledge.remind_of_reading")
def remind_of_reading() -> None:
    """Remind those who were asked to read a document and have not said that they did."""
    due = ReadingDuty.objects.with_reminder_due(clock.now()).order_by("remind_at")
    for pk in due.values_list("pk", flat=True)[:AT_ONCE]:
        later("knowledge.remind_to_read", pk)


@shared_task(name="knowledge.remind_to_read")
def remind_to_read(duty_id: int) -> None:
    """Remind of one document, if that is still owed."""
    workflow.remind_to_read(duty_id, now=clock.now())


@periodic("Remind of documents to look at", timedelta(minutes=15))
@shared_task(name="knowledge.remind_of_documents")
def remind_of_documents() -> None:
    """Remind the keepers of documents that are due for a look."""
    due = Freshness.objects.of_current().filter(remind_at__lte=clock.now())
    for pk in due.order_by("remind_at").values_list("pk", flat=True)[:AT_ONCE]:
        later("knowledge.remind_of_document", pk)


@shared_task(name="knowledge.remind_of_document")
def remind_of_document(freshness_id: int) -> None:
    """Remind of one document, if that is still owed."""
    workflow.remind_of_document(freshness_id, now=clock.now())


@periodic("Go on with imports of documents", timedelta(minutes=1))
@shared_task(name="knowledge.go_on_with_imports")
def go_on_with_imports() -> None:
    """Go on with imports that a hint did not start or a crash left behind."""
    for pk in due_imports():
        later("knowledge.work_on_import", pk)
    forget_archives()


@shared_task(name="knowledge.work_on_import")
def work_on_import(import_id: int) -> None:
    """Check an archive, or take it in, a file at a time."""
    work_on(DocumentImport.objects.get(pk=import_id))


@periodic("Ask where links of alerts lead", timedelta(minutes=30))
@shared_task(name="knowledge.check_links")
def check_links() -> None:
    """Ask, some at a time, whether addresses that alerts bring lead anywhere."""
    now = clock.now()
    workflow.know_links(external_urls(now))
    due = LinkCheck.objects.filter(due_at__lte=now).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:LINKS_AT_ONCE]:
        later("knowledge.check_link", pk)


@shared_task(name="knowledge.check_link")
def check_link(check_id: int) -> None:
    """Ask one address, if that is still owed."""
    workflow.check_link(check_id)
