"""
Every write of imports: an archive is kept, checked file by file, and, when told to, taken in.

Nothing of it becomes a document before somebody has seen what the check found. Each file is a
transaction of its own under the import's row, so two workers never do the same one, and a
crash costs nothing that was done. What comes in once more is told by its path.
"""

import logging
import posixpath
import secrets
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from knowledge.access import may_read_and_change
from knowledge.alert_runbooks import is_ours
from knowledge.importing.archive import Archive
from knowledge.importing.checking import about_archive, broken_links, files_named
from knowledge.importing.reading import Finding, Page, read_page
from knowledge.models import (
    WORKING,
    Document,
    DocumentImport,
    DocumentLink,
    FindingLevel,
    ImportedFile,
    ImportFinding,
    ImportState,
    LinkKind,
    Outcome,
    Space,
)
from knowledge.targets import place_of, read
from knowledge.workflow.alert_links import know_address
from knowledge.workflow.attaching import attach
from knowledge.workflow.document_saving import set_document
from knowledge.workflow.documents import create_document, save_revision
from knowledge.workflow.linking import relink
from knowledge.workflow.reviewing import publish
from portal import clock, events
from portal.access import works_in
from portal.errors import DomainError, refuse
from portal.hints import later
from portal.markdown import Address
from portal.models import Service, Team, User
from portal.search import writing as search_index

LARGEST_ARCHIVE = 100_000_000  # bytes
MOST_FINDINGS = 200  # of one file
COUNTS = ["created_count", "revised_count", "same_count", "refused_count"]

log = logging.getLogger(__name__)


def start_import(
    content: bytes,
    *,
    name: str,
    space: Space,
    actor: User | None,
    kind: str = "",
    team: Team | None = None,
    is_published: bool = False,
) -> DocumentImport:
    """
    Keep an archive and have it checked; nothing becomes a document yet.

    Raises `DomainError` for what is no archive, or too large a one.
    """
    if len(content) > LARGEST_ARCHIVE:
        sentence = _("The archive is larger than %(n)d MB.")
        raise refuse("archive_too_large", sentence % {"n": LARGEST_ARCHIVE // 1_000_000})
    archive = Archive(content)
    if not archive.markdown:
        raise refuse("no_markdown", _("There is no Markdown file in this archive."))
    coming = DocumentImport(
        space=space,
        name=name.strip()[:200] or _("Archive"),
        key=secrets.token_hex(20),
        kind=kind,
        team=team,
        is_published=is_published,
        file_count=len(archive.markdown),
        started_by=actor,
        started_at=clock.now(),
    )
    default_storage.save(coming.archive_path, ContentFile(content))
    with transaction.atomic():
        coming.save(force_insert=True)
        _tell(coming, about_archive(archive))
        events.record("import.started", coming, actor=actor, files=coming.file_count)
        later("knowledge.work_on_import", coming.pk)
    return coming


@transaction.atomic
def take_in(coming: DocumentImport, *, actor: User | None) -> DocumentImport:
    """Have what was checked written: from here on documents come to be."""
    locked = _locked(coming)
    if locked.state != ImportState.CHECKED:
        raise refuse("import_not_checked", _("Only what was checked, and not yet, comes in."))
    locked.state, locked.position = ImportState.IMPORTING, 0
    locked.save(update_fields=["state", "position"])
    events.record("import.begun", locked, actor=actor)
    later("knowledge.work_on_import", locked.pk)
    return locked


@transaction.atomic
def cancel_import(coming: DocumentImport, *, actor: User | None) -> DocumentImport:
    """Stop; what has become a document stays one."""
    locked = _locked(coming)
    if locked.ended_at is not None:
        raise refuse("import_ended", _("This import has ended."))
    _end(locked, ImportState.CANCELLED)
    events.record("import.cancelled", locked, actor=actor)
    return locked


def work_on(coming: DocumentImport, *, at_most: int | None = None) -> DocumentImport:
    """Do the files that are left of the current round, or so many of them."""
    with default_storage.open(coming.archive_path) as file:
        archive = Archive(file.read())
    files, about = archive.markdown, archive.about()
    done = 0
    while at_most is None or done < at_most:
        with transaction.atomic(), search_index.together():
            coming = _locked(coming)
            if not coming.is_working:
                return coming
            if coming.position >= len(files):
                return _end_round(coming)
            path = files[coming.position]
            _do_or_tell(coming, archive, path, about.get(path, {}))
            coming.position += 1
            coming.save()
        done += 1
    return coming


def forget_archives() -> int:
    """Remove the archives of imports that have ended; their reports stay."""
    gone = 0
    for coming in DocumentImport.objects.exclude(ended_at=None).order_by("-pk")[:50]:
        if default_storage.exists(coming.archive_path):
            default_storage.delete(coming.archive_path)
            gone += 1
    return gone


def _locked(coming: DocumentImport) -> DocumentImport:
    imports = DocumentImport.objects.select_for_update(of=("self",))
    return imports.select_related("space", "team", "started_by").get(pk=coming.pk)


def _end_round(coming: DocumentImport) -> DocumentImport:
    if coming.state == ImportState.CHECKING:
        coming.state = ImportState.CHECKED
        coming.save(update_fields=["state"])
        events.record("import.checked", coming, actor=None)
    else:
        _end(coming, ImportState.DONE)
        events.record(
            "import.done",
            coming,
            actor=None,
            created=coming.created_count,
            revised=coming.revised_count,
            same=coming.same_count,
            refused=coming.refused_count,
        )
    return coming


def _end(coming: DocumentImport, state: ImportState) -> None:
    coming.state, coming.ended_at = state, clock.now()
    coming.save(update_fields=["state", "ended_at"])


def _do_or_tell(
    coming: DocumentImport, archive: Archive, path: str, about: dict[str, Any]
) -> None:
    """Do one file; one that nobody foresaw is told of, and does not stop the others."""
    try:
        with transaction.atomic():
            _do(coming, archive, path, about)
    except (OperationalError, InterfaceError):  # of the database: tried again later
        raise
    except Exception:
        log.exception("The file %s of import %d could not be read.", path, coming.pk)
        coming.refresh_from_db(fields=COUNTS)
        if coming.state == ImportState.IMPORTING:
            coming.refused_count += 1
            _became(coming, path, Outcome.REFUSED)
        sentence = _("It could not be read; the log of the server says why.")
        _tell(coming, [Finding(path, 0, FindingLevel.ERROR, sentence)])


def _do(coming: DocumentImport, archive: Archive, path: str, about: dict[str, Any]) -> None:
    try:
        page = read_page(path, archive.read(path), kind=coming.kind, about=about)
    except DomainError as refused:
        page = Page(path)
        page.tell(FindingLevel.ERROR, 0, str(refused))
    if coming.state == ImportState.CHECKING:
        _check(coming, archive, page)
    elif page.is_refused:
        coming.refused_count += 1
        _became(coming, path, Outcome.REFUSED)
    else:
        _write(coming, archive, page)


def _check(coming: DocumentImport, archive: Archive, page: Page) -> None:
    if not page.is_refused:
        page.findings += broken_links(page, archive, coming.space, coming.started_by)
        _take_back_unnamed(coming, files_named(page, archive, coming.space))
        _check_names(page, coming)
        _check_slug(page, coming)
    _tell(coming, page.findings[:MOST_FINDINGS])
    if len(page.findings) > MOST_FINDINGS:
        left = len(page.findings) - MOST_FINDINGS
        sentence = _("And %(n)d more.") % {"n": left}
        _tell(coming, [Finding(page.path, 0, FindingLevel.WARNING, sentence)])


def _take_back_unnamed(coming: DocumentImport, named: set[str]) -> None:
    """A file that a text names comes in with it, unlike what was told at the beginning."""
    told = coming.findings.filter(line=0, level=FindingLevel.WARNING)
    told.filter(path__in=named).delete()


def _check_names(page: Page, coming: DocumentImport) -> None:
    """People, teams and services that the front matter names and nobody here is called."""
    known = set(Service.objects.current().values_list("slug", flat=True))
    for slug in page.services:
        if slug not in known:
            line = page.lines.get("services") or page.lines.get("service") or 1
            sentence = _("There is no service “%(name)s” here.") % {"name": slug}
            page.tell(FindingLevel.WARNING, line, sentence)
    if page.team and _team(page, coming.started_by) is None:
        sentence = _("There is no team “%(name)s” that you may give a document to.")
        line = page.lines.get("team", 1)
        page.tell(FindingLevel.WARNING, line, sentence % {"name": page.team})
    if page.owner and _owner(page) is None:
        sentence = _("Nobody here is called “%(name)s”.") % {"name": page.owner}
        page.tell(FindingLevel.WARNING, page.lines.get("owner", 1), sentence)


def _check_slug(page: Page, coming: DocumentImport) -> None:
    if _existing(page, coming.space) is not None:
        return
    if page.slug and Document.objects.filter(slug=page.slug).exists():
        sentence = _("Another document has the address “%(slug)s”; it gets a number.")
        page.tell(FindingLevel.NOTE, 0, sentence % {"slug": page.slug})


def _existing(page: Page, space: Space) -> Document | None:
    """The document that this file was before: by its path, or one of ours by its address."""
    documents = Document.objects.filter(space=space)
    found = documents.filter(path=page.path).first()
    if found or "/" in page.path:
        return found
    stem = posixpath.splitext(page.path)[0]
    return documents.filter(path="", slug=stem).first()


def _write(coming: DocumentImport, archive: Archive, page: Page) -> None:
    actor = coming.started_by
    existing = _existing(page, coming.space)
    try:
        with transaction.atomic():
            if existing is None:
                document, outcome = _create(coming, page), Outcome.CREATED
            else:
                document, outcome = existing, _revise(coming, existing, page)
            _keep_address(coming, document, page)
            _attach(coming, document, archive)
            _became(coming, page.path, outcome, document)
    except DomainError as refused:
        coming.refused_count += 1
        _became(coming, page.path, Outcome.REFUSED)
        _tell(coming, [Finding(page.path, 0, FindingLevel.ERROR, str(refused))])
        return
    coming.created_count += outcome == Outcome.CREATED
    coming.revised_count += outcome == Outcome.REVISED
    coming.same_count += outcome == Outcome.SAME
    if coming.is_published and not page.is_draft:
        _publish(coming, document, page, actor)


def _keep_address(coming: DocumentImport, document: Document, page: Page) -> None:
    """Remember where it was known before, if nobody else's document was."""
    if not page.known_at or is_ours(page.known_at):
        return
    try:
        know_address(document, url=page.known_at, actor=coming.started_by)
    except DomainError as refused:
        line = page.lines.get("original_url") or page.lines.get("runbook_url", 0)
        _tell(coming, [Finding(page.path, line, FindingLevel.WARNING, str(refused))])


def _became(
    coming: DocumentImport, path: str, outcome: Outcome, document: Document | None = None
) -> None:
    ImportedFile.objects.create(
        document_import=coming, path=path[:400], outcome=outcome, document=document
    )


def _create(coming: DocumentImport, page: Page) -> Document:
    return create_document(
        kind=page.kind,
        title=page.title,
        body=page.body,
        slug=page.slug,
        path=page.path,
        space=coming.space,
        team=_team(page, coming.started_by) or coming.team,
        owner=_owner(page),
        services=list(Service.objects.current().filter(slug__in=page.services)),
        alert_names=page.alert_names,
        tags=page.tags,
        message=_("Imported from %(name)s") % {"name": coming.name},
        actor=coming.started_by,
    )


def _revise(coming: DocumentImport, document: Document, page: Page) -> Outcome:
    """Add a revision where the words differ from the newest."""
    if document.archived_at:
        raise refuse("document_archived", _("This document is archived."))
    actor = coming.started_by
    if not may_read_and_change(actor, document):
        raise refuse("not_yours", _("There is a document here that you may not change."))
    if not document.path:
        set_document(document, actor, path=page.path)
        relink(document)
    before = document.latest_number
    newest = document.revisions.get(number=before)
    if newest.body == page.body:
        return Outcome.SAME
    revision = save_revision(
        document,
        base_number=before,
        title=page.title,
        body=page.body,
        message=_("Imported from %(name)s") % {"name": coming.name},
        actor=coming.started_by,
    )
    return Outcome.REVISED if revision.number != before else Outcome.SAME


def _attach(coming: DocumentImport, document: Document, archive: Archive) -> None:
    """Put the files that the newest words name beside the document."""
    named = DocumentLink.objects.filter(document=document, kind=LinkKind.ATTACHMENT)
    for address in sorted(set(named.values_list("address", flat=True))):
        asked = read(place_of(document), Address("img", address))
        for path in asked.paths:
            if path not in archive:
                continue
            try:
                attach(
                    document,
                    archive.read(path),
                    name=posixpath.basename(path),
                    path=path,
                    actor=coming.started_by,
                )
            except DomainError as refused:
                _tell(coming, [Finding(path, 0, FindingLevel.WARNING, str(refused))])


def _publish(
    coming: DocumentImport, document: Document, page: Page, actor: User | None
) -> None:
    document.refresh_from_db()
    newest = document.revisions.get(number=document.latest_number)
    if document.published_id == newest.pk:
        return
    try:
        with transaction.atomic():
            publish(newest, actor=actor)
    except DomainError as refused:
        sentence = _("It is a draft: %(why)s") % {"why": str(refused)}
        _tell(coming, [Finding(page.path, 0, FindingLevel.WARNING, sentence)])


def _team(page: Page, actor: User | None) -> Team | None:
    """The team that the text names, if whoever imports it may give a document to it."""
    team = Team.objects.filter(slug=page.team).first() if page.team else None
    may_give = actor is None or (team is not None and works_in(actor, team))
    return team if may_give else None


def _owner(page: Page) -> User | None:
    if not page.owner:
        return None
    people = User.objects.filter(is_active=True)
    by_mail = people.filter(email__iexact=page.owner.lstrip("@")).first()
    named = list(people.filter(name__iexact=page.owner.lstrip("@"))[:2])
    return by_mail or (named[0] if len(named) == 1 else None)


def _tell(coming: DocumentImport, findings: Iterable[Finding]) -> None:
    ImportFinding.objects.bulk_create(
        ImportFinding(
            document_import=coming,
            path=finding.path[:400],
            line=finding.line,
            level=finding.level,
            sentence=finding.sentence[:400],
        )
        for finding in findings
    )


def due_imports() -> list[int]:
    """The imports that a worker should go on with."""
    working = DocumentImport.objects.filter(state__in=WORKING)
    return list(working.order_by("pk").values_list("pk", flat=True)[:20])
