"""
The table of links: what the published and the newest words of each document lead to.

It is written with the revision, in the same transaction, and follows what becomes of the
targets; it can be written anew at any time from the words alone (`relink`).
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from knowledge.line_numbers import Lines
from knowledge.models import Document, DocumentLink, LinkKind, LinkProblem, Revision
from knowledge.snippets import found as snippets_found
from knowledge.snippets import named_in
from knowledge.targets import HERE, Target, place_of, targets_of
from knowledge.texts import ids_of
from portal.markdown import Address, addresses_of, anchor_of

LONGEST = 500  # characters of an address that are kept
AT_ONCE = 500  # links that one transaction judges
MOST = 2000  # links of one revision
PREFIX = "s-"


def relink(document: Document) -> int:
    """Write the links of the published and the newest revision; return how many there are."""
    newest = Q(number=document.latest_number)
    wanted = list(document.revisions.filter(newest | Q(pk=document.published_id)))
    DocumentLink.objects.filter(document=document).delete()
    rows = [row for revision in wanted for row in _rows(document, revision)]
    _judge(rows)
    DocumentLink.objects.bulk_create(rows)
    return len(rows)


def follow(document: Document) -> None:
    """Judge anew what leads to a document that changed, and find who waited for it."""
    names = {document.slug, *document.redirects.values_list("slug", flat=True)}
    names |= names_of_path(document.path)
    waiting = Q(target=None, wanted__in=names, kind__in=[LinkKind.DOCUMENT, LinkKind.SNIPPET])
    rejudge(DocumentLink.objects.filter(Q(target=document) | waiting))


def names_of_path(path: str) -> set[str]:
    """The names by which a link to this file may have been kept: its own, and its folder's."""
    parts = path.rpartition(".")[0].split("/")[-2:]
    return {slugify(part) for part in parts if part}


def follow_files(document: Document) -> None:
    """Judge anew the files that the words of a document name."""
    rejudge(DocumentLink.objects.filter(document=document, kind=LinkKind.ATTACHMENT))


def rejudge(links: Iterable[DocumentLink]) -> int:
    """Find the targets of these links again; return how many of them changed."""
    queryset = DocumentLink.objects.filter(pk__in=[link.pk for link in links])
    rows = list(queryset.select_related("document", "revision"))
    before = {row.pk: _state(row) for row in rows}
    by_document: dict[int, list[DocumentLink]] = {}
    for row in rows:
        by_document.setdefault(row.document_id, []).append(row)
    for group in by_document.values():
        _find(group[0].document, group)
    _judge(rows)
    changed = [row for row in rows if _state(row) != before[row.pk]]
    DocumentLink.objects.bulk_update(changed, ["target", "attachment", "problem"])
    return len(changed)


def judge_all_links() -> int:
    """Judge every link anew, some at a time; return how many had changed."""
    changed, last = 0, 0
    while True:
        links = DocumentLink.objects.exclude(kind=LinkKind.EXTERNAL).filter(pk__gt=last)
        some = list(links.order_by("pk")[:AT_ONCE])
        if not some:
            return changed
        with transaction.atomic():
            changed += rejudge(some)
        last = some[-1].pk


def _state(row: DocumentLink) -> tuple[object, ...]:
    return row.target_id, row.attachment_id, row.problem


def _rows(document: Document, revision: Revision) -> list[DocumentLink]:
    lines = Lines(revision.body)
    rows = [
        DocumentLink(
            document=document,
            revision=revision,
            kind=LinkKind.ATTACHMENT if address.tag == "img" else LinkKind.DOCUMENT,
            address=address.text[:LONGEST],
            line=lines.next_of(address.text),
        )
        for address in _addresses(revision.html)[:MOST]
    ]
    rows += [
        DocumentLink(
            document=document,
            revision=revision,
            kind=LinkKind.SNIPPET,
            address=slug,
            wanted=slug,
            line=lines.next_of(f"![[{slug}]]"),
        )
        for slug in named_in(revision.html)[:MOST]
    ]
    return _find(document, rows)


def _addresses(html: str) -> list[Address]:
    """As the author wrote them: what leads to the same page without our prefix."""
    return [
        address._replace(text=f"#{address.text.removeprefix(f'#{PREFIX}')}")
        if address.text.startswith(f"#{PREFIX}")
        else address
        for address in addresses_of(html)
    ]


def _find(document: Document, rows: list[DocumentLink]) -> list[DocumentLink]:
    """Give each row its target; leave out what is no concern of documents."""
    links = [(row, _address(row)) for row in rows if row.kind != LinkKind.SNIPPET]
    targets = targets_of(place_of(document), {address for _row, address in links})
    for row, address in links:
        _set_target(row, targets[address])
    asked = [row for row in rows if row.kind == LinkKind.SNIPPET]
    snippets = snippets_found((row.address for row in asked), None)
    for row in asked:
        row.target = snippets.get(row.address)
    return [row for row in rows if row.kind]


def _address(row: DocumentLink) -> Address:
    is_picture = row.kind == LinkKind.ATTACHMENT
    return Address("img" if is_picture else "a", row.address)


def _set_target(row: DocumentLink, target: Target) -> None:
    row.kind = target.kind
    row.anchor = target.anchor[:200]
    row.attachment = target.attachment
    row.target = row.document if target.wanted == HERE else target.document
    row.wanted = "" if target.wanted == HERE else target.wanted[:200]


def _judge(rows: Collection[DocumentLink]) -> None:
    anchors: dict[int, set[str]] = {}
    for row in rows:
        row.problem = _problem(row, anchors)


def _problem(row: DocumentLink, anchors: dict[int, set[str]]) -> LinkProblem:
    if row.kind == LinkKind.EXTERNAL:
        return LinkProblem.NONE
    if row.kind == LinkKind.ATTACHMENT:
        return LinkProblem.NONE if row.attachment else LinkProblem.NO_ATTACHMENT
    target = row.target
    if target is None:
        return LinkProblem.NO_DOCUMENT
    if target.archived_at:
        return LinkProblem.ARCHIVED
    words = row.revision if target.pk == row.document_id else target.published
    if words is None:
        return LinkProblem.UNPUBLISHED
    if row.anchor and not _has(words, row.anchor, anchors):
        return LinkProblem.NO_HEADING
    return LinkProblem.NONE


def _has(words: Revision, anchor: str, anchors: dict[int, set[str]]) -> bool:
    if words.pk not in anchors:
        anchors[words.pk] = ids_of(words.html)
    name = anchor.removeprefix(PREFIX)
    return bool({f"{PREFIX}{name}", f"{PREFIX}{anchor_of(name)}"} & anchors[words.pk])
