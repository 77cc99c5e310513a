"""
What is wrong with a document, by the word of people or by how its runs went.

A repair stands on one line, makes the document due for a look and tells its keepers. It ends
with a published revision that puts it right, or is dismissed with a reason.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from knowledge.access import keepers_of
from knowledge.models import (
    Document,
    HelpfulVote,
    Repair,
    RepairReason,
    RepairState,
    Revision,
    RunbookRun,
    RunEntry,
    RunStep,
    StepState,
)
from knowledge.run_times import took, usual_times
from knowledge.snippets import expanded
from knowledge.workflow.document_saving import locked_document
from knowledge.workflow.freshness import MOST_TOLD, make_due
from portal import clock, events, notify
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.markdown import Step, find_steps
from portal.models import Event, Urgency, User

TOO_SLOW = 3  # times the usual
NOT_SLOW = timedelta(seconds=60)  # what takes less is never called slow
LONGEST_WHAT = 2000


@transaction.atomic
def report_repair(
    document: Document,
    *,
    reason: str,
    what: str,
    actor: User,
    order: int | None = None,
    run: RunbookRun | None = None,
) -> Repair:
    """
    Say that step `order` is wrong, or that one is missing there or anywhere.

    What is open on this step already is joined: its keepers are told once.
    """
    wanted = RepairReason(reason)
    if wanted not in {RepairReason.WRONG, RepairReason.MISSING}:
        raise refuse("not_said_by_people", _("Only runs show that."))
    if not what.strip():
        raise refuse("what_missing", _("Say what is wrong, or what is missing."))
    if run is not None and run.revision.document_id != document.pk:
        raise refuse("run_of_another", _("This run is of another document."))
    locked = locked_document(document)
    revision = run.revision if run else locked.published
    if revision is None:
        raise refuse("not_published", _("No revision of this document is published yet."))
    place = _place(revision, run, order)
    words = what.strip()[:LONGEST_WHAT]
    repair = _open_like(locked, place, wanted, words, actor)
    if repair is not None and _has_said(repair, actor, words):
        return repair
    if repair is None:
        repair = _opened(locked, revision, place, wanted, words, actor=actor, run=run)
    else:
        make_due(locked, reason=f"{wanted.label}: {repair.quote}", actor=actor)
        events.record("repair.added_to", repair, actor=actor, reason=wanted, what=words)
    if run is not None and place:
        events.record(
            "run.step_called_wrong", run, actor=actor, step=order, note=what.strip()[:300]
        )
    return repair


@transaction.atomic
def judge_run(pk: int) -> list[Repair]:
    """See what an ended run shows: steps that several people skip, or that take far longer."""
    run = RunbookRun.objects.select_related("revision__document").get(pk=pk)
    document = locked_document(run.revision.document)
    steps = list(run.steps.all())
    slow = _slow_steps(run, document, steps)
    skipped = [step for step in steps if _is_skipped_by_several(document, step)]
    rows = [(step, RepairReason.SLOW, words) for step, words in slow]
    rows += [(step, RepairReason.SKIPPED, "") for step in skipped]
    return [
        repair
        for step, reason, words in rows
        if (repair := _shown(document, run, step, reason, words))
    ]


@transaction.atomic
def resolve_repair(
    repair: Repair, *, revision: Revision, actor: User | None, reason: str = ""
) -> Repair:
    """Say that this published revision puts it right."""
    fresh = _locked(repair)
    reasons = _why_not_close(fresh)
    if revision.document_id != fresh.document_id or revision.published_at is None:
        sentence = _("Name a published revision of this document.")
        reasons.append(Refusal("revision_not_published", sentence))
    elif revision.number <= fresh.revision.number:
        sentence = _("Revision %(number)s still has it; name a later one.")
        reasons.append(Refusal("revision_not_later", sentence % {"number": revision.number}))
    if reasons:
        raise TransitionNotAllowed(reasons)
    fresh.resolved_by = revision
    return _close(fresh, RepairState.RESOLVED, actor, reason)


@transaction.atomic
def dismiss_repair(repair: Repair, *, reason: str, actor: User | None) -> Repair:
    """Say why nothing is to be put right."""
    fresh = _locked(repair)
    reasons = _why_not_close(fresh)
    if not reason.strip():
        reasons.append(Refusal("reason_missing", _("Say why.")))
    if reasons:
        raise TransitionNotAllowed(reasons)
    return _close(fresh, RepairState.DISMISSED, actor, reason)


def resolve_by_revision(revision: Revision, actor: User | None) -> None:
    """A revision that says a line otherwise has put it right; for the verb that publishes."""
    now = _texts_of(revision)
    open_ones = Repair.objects.open().filter(
        document=revision.document_id, revision__number__lt=revision.number
    )
    for repair in open_ones.exclude(anchor="").select_related("revision__document"):
        if now.get(repair.anchor) != _texts_of(repair.revision).get(repair.anchor):
            resolve_repair(repair, revision=revision, actor=actor)


@transaction.atomic
def vote_helpful(revision: Revision, *, is_helpful: bool, actor: User) -> HelpfulVote:
    """Say whether the revision helped; saying it again replaces what one said."""
    vote, _is_new = HelpfulVote.objects.update_or_create(
        revision=revision,
        person=actor,
        defaults={"is_helpful": is_helpful, "at": clock.now()},
    )
    return vote


def _steps_of(revision: Revision) -> list[Step]:
    """In the words that all readers of the document get: a repair quotes them to all."""
    return find_steps(expanded(revision.body, revision.document))


def _texts_of(revision: Revision) -> dict[str, str]:
    return {step.anchor: step.text for step in _steps_of(revision)}


Place = RunStep | None


def _place(revision: Revision, run: RunbookRun | None, order: int | None) -> Place:
    """The step that is meant; of a document that nobody runs, one made of its words."""
    if order is None:
        return None
    if run is not None:
        step = run.steps.filter(order=order).first()
    else:
        steps = {step.number: step for step in _steps_of(revision)}
        found = steps.get(order)
        step = found and RunStep(anchor=found.anchor[:80], line=found.line, text=found.text)
    if step is None:
        raise refuse("no_such_step", _("This revision has no such step."))
    return step


def _opened(
    document: Document,
    revision: Revision,
    step: Place,
    reason: RepairReason,
    what: str,
    *,
    actor: User | None,
    run: RunbookRun | None,
) -> Repair:
    repair = Repair.objects.create(
        document=document,
        revision=revision,
        anchor=step.anchor if step else "",
        line=step.line if step else 0,
        quote=step.title[:300] if step else "",
        reason=reason,
        what=what[:LONGEST_WHAT],
        run=run,
        reported_by=actor,
        opened_at=clock.now(),
        is_demo=document.is_demo,
    )
    make_due(document, reason=f"{reason.label}: {repair.quote or what}", actor=actor)
    events.record("repair.opened", repair, actor=actor, reason=reason, what=what[:300])
    _tell_keepers(repair)
    return repair


def _open_like(
    document: Document, step: Place, reason: RepairReason, words: str, actor: User
) -> Repair | None:
    """What is open on the same step; on the document as a whole, only the same words again."""
    like = Repair.objects.open().filter(document=document, reason=reason)
    if step is None:
        return like.filter(anchor="", reported_by=actor, what=words).first()
    return like.filter(anchor=step.anchor).order_by("pk").first()


def _has_said(repair: Repair, actor: User, words: str) -> bool:
    if repair.reported_by_id == actor.pk and repair.what == words:
        return True
    theirs = additions_to(repair).filter(actor=actor)
    return any(event.data["what"] == words for event in theirs)


def additions_to(repair: Repair) -> QuerySet[Event]:
    """What was said of it after it was opened."""
    return events.about(repair).filter(kind="repair.added_to").order_by("pk")


def _shown(
    document: Document, run: RunbookRun, step: RunStep, reason: RepairReason, words: str
) -> Repair | None:
    """What runs show is said once, as long as nobody has dealt with it."""
    same = Repair.objects.open().filter(document=document, anchor=step.anchor, reason=reason)
    later = document.revisions.filter(
        number__gt=run.revision.number, published_at__isnull=False
    )
    if same.exists() or later.exists():
        return None
    return _opened(document, run.revision, step, reason, words, actor=None, run=run)


def _slow_steps(
    run: RunbookRun, document: Document, steps: list[RunStep]
) -> list[tuple[RunStep, str]]:
    times = took(run.started_at, steps)
    usual = usual_times(document, besides=run)
    found = []
    for step in steps:
        time, normal = times.get(step.order), usual.get(step.anchor)
        if step.state != StepState.DONE or time is None or normal is None:
            continue
        if time > max(normal * TOO_SLOW, NOT_SLOW):
            sentence = _("It took %(time)s s; the median is %(usual)s s.")
            said = {"time": int(time.total_seconds()), "usual": int(normal.total_seconds())}
            found.append((step, sentence % said))
    return found


def _is_skipped_by_several(document: Document, step: RunStep) -> bool:
    if step.state != StepState.SKIPPED:
        return False
    skipped = RunEntry.objects.filter(
        run__revision__document=document,
        step__anchor=step.anchor,
        step__state=StepState.SKIPPED,
        state=StepState.SKIPPED,
        by__isnull=False,
    )
    since = _dealt_with_at(document, step.anchor)
    if since is not None:
        skipped = skipped.filter(at__gt=since)
    return skipped.values("by").distinct().count() >= 2


def _dealt_with_at(document: Document, anchor: str) -> object:
    """When somebody last answered that this step is skipped; what was before counts no more."""
    closed = Repair.objects.exclude(state=RepairState.OPEN).filter(
        document=document, anchor=anchor, reason=RepairReason.SKIPPED
    )
    return closed.order_by("-closed_at").values_list("closed_at", flat=True).first()


def _tell_keepers(repair: Repair) -> None:
    subject = _("To repair: %(title)s") % {"title": repair.document.title}
    for person in keepers_of(repair.document)[:MOST_TOLD]:
        if person.pk != repair.reported_by_id:
            notify.notify(
                person,
                key=f"repair:{repair.pk}",
                urgency=Urgency.LOW,
                kind="reminder",
                subject=subject,
                body=f"{repair}. {repair.what}".strip(),
                url=repair.get_absolute_url(),
                topic=f"repair:{repair.pk}",
            )


def _locked(repair: Repair) -> Repair:
    found = Repair.objects.select_for_update(of=("self",)).select_related("revision")
    return found.get(pk=repair.pk)


def _why_not_close(repair: Repair) -> list[Refusal]:
    if repair.state == RepairState.OPEN:
        return []
    return [Refusal("repair_closed", _("Somebody has dealt with this already."))]


def _close(repair: Repair, state: RepairState, actor: User | None, reason: str) -> Repair:
    repair.state, repair.close_reason = state, reason.strip()[:500]
    repair.closed_by, repair.closed_at = actor, clock.now()
    repair.save(
        update_fields=["state", "close_reason", "closed_by", "closed_at", "resolved_by"]
    )
    notify.cancel(f"repair:{repair.pk}")
    events.record(f"repair.{state}", repair, actor=actor, reason=repair.close_reason)
    return repair
