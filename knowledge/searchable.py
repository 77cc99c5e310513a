"""
What of knowledge is found: documents as readers get them, and newer drafts of them for those
who may change them; action items; retrospectives.

What one person has typed and not saved is in no index.
"""

import re
from datetime import UTC, datetime, time
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from knowledge import front_matter
from knowledge.models import (
    ActionItem,
    AlertLink,
    Card,
    Document,
    Retrospective,
    Revision,
    Space,
    Writing,
)
from portal.models import Service, Team, User
from portal.search.sources import Description, searchable

FENCE = re.compile(r"^\s*(?:>\s*|[-*+]\s+|\d+[.)]\s+)*(`{3,}|~{3,})")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*)")
RULE = re.compile(r"^[\s|:=*_>-]*$")  # of a table, a heading, or between parts
# No pattern here looks twice at a run of characters, from whatever place it begins: each stops
# at what could begin it anew.
TARGET = re.compile(r"\]\((?:(?!\]\()[^)\s])*(?:\s+\"[^\"]*\")?\)")
MARKS = re.compile(
    r"(?<![*_`~|#>\[\]])[*_`~|#>\[\]]+(?=\s|$|\W)|(?:(?<=\s)|^|(?<=\W))[*_`~|#>\[\]!]+"
)


class Parts(NamedTuple):
    headings: str
    body: str
    code: str


def parts_of(source: str) -> Parts:
    """Return the words of a Markdown text by where they stand, without its marks."""
    headings: list[str] = []
    body: list[str] = []
    code: list[str] = []
    fence = ""
    for line in front_matter.read(source).text.splitlines():
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and fence:
            fence = ""
        elif fence:
            code.append(line.strip())
        elif RULE.match(line):
            continue
        elif heading := HEADING.match(line):
            headings.append(MARKS.sub(" ", heading[1].rstrip("# \t")))
        else:
            body.append(MARKS.sub(" ", TARGET.sub(" ", line)))
    return Parts("\n".join(headings), "\n".join(body), "\n".join(code))


def _documents() -> QuerySet[Document]:
    documents = Document.objects.select_related("published", "freshness")
    return documents.prefetch_related("services", "tags", "redirects")


def _of_services(pks: list[int]) -> QuerySet[Document, int]:
    return Document.objects.filter(services__in=pks).values_list("pk", flat=True)


@searchable(
    "knowledge.document",
    model=Document,
    rows=lambda: _documents().filter(published__isnull=False),
    visible_to=lambda user: Document.objects.visible_to(user),
    follows={Service: _of_services},
)
def document(row: Document) -> Description | None:
    if row.published is None:
        return None
    return _described(row, row.published, kind=row.kind, revision=row.published.number)


def _for_authors(user: User) -> QuerySet[Document]:
    """Those that the person may change, the counterpart of `access.may_change_document`."""
    documents = Document.objects.visible_to(user)
    if not user.may_work:
        return documents.none()
    if user.is_administrator:
        return documents
    teams = Team.objects.of(user).values("pk")
    theirs = Q(owner=user) | Q(team=None) | Q(team__in=teams)
    named = Space.objects.named_writer(user).values("pk")
    return documents.filter(Q(space__writing=Writing.OWNERS) & theirs | Q(space__in=named))


@searchable(
    "knowledge.draft",
    model=Document,
    rows=lambda: _documents().filter(
        Q(published=None) | Q(latest_number__gt=F("published__number"))
    ),
    visible_to=_for_authors,
    follows={Service: _of_services},
)
def draft(row: Document) -> Description | None:
    newest = row.revisions.filter(number=row.latest_number).first()
    return _described(row, newest, kind="draft", revision=None) if newest else None


def _described(
    row: Document, words: Revision, *, kind: str, revision: int | None
) -> Description:
    parts = parts_of(words.body)
    services = list(row.services.all())
    return Description(
        kind=kind,
        title=words.title if revision is None else row.title,
        url=row.get_absolute_url(),
        updated_at=words.published_at or words.created_at,
        names=[row.slug, *(past.slug for past in row.redirects.all()), *_past_titles(row)],
        alerts=[*row.alert_names, *_linked_alerts(row)],
        tags=[*(service.name for service in services), *(tag.name for tag in row.tags.all())],
        headings=parts.headings,
        body=parts.body,
        code=parts.code,
        services=[service.pk for service in services],
        team=row.team_id,
        revision=revision,
        overdue_at=_due_at(row),
        is_archived=row.archived_at is not None,
    )


def _linked_alerts(row: Document) -> list[str]:
    """The names of alerts that people linked to it, which stand in no text."""
    links = AlertLink.objects.filter(document=row).exclude(alert_name="")
    return list(links.values_list("alert_name", flat=True))


def _due_at(row: Document) -> datetime | None:
    freshness = getattr(row, "freshness", None)
    return freshness.due_at if freshness else None


def _past_titles(row: Document) -> list[str]:
    """Titles that readers knew it by."""
    published = row.revisions.filter(published_at__isnull=False).exclude(title=row.title)
    return sorted(set(published.values_list("title", flat=True)))


@searchable(
    "knowledge.action",
    model=ActionItem,
    rows=lambda: ActionItem.objects.select_related("owner", "service"),
    visible_to=lambda user: ActionItem.objects.visible_to(user),
)
def action(row: ActionItem) -> Description:
    return Description(
        kind="action",
        title=row.title,
        url=row.get_absolute_url(),
        updated_at=row.closed_at or row.created_at,
        tags=[row.owner.name, *([row.service.name] if row.service else [])],
        body="\n".join([row.verification, row.proof, row.dropped_reason]),
        services=[row.service_id] if row.service_id else [],
        team=row.service.team_id if row.service else None,
    )


@searchable(
    "knowledge.retrospective",
    model=Retrospective,
    rows=lambda: Retrospective.objects.select_related("team").prefetch_related("cards"),
    visible_to=lambda user: Retrospective.objects.visible_to(user),
    follows={
        Card: lambda pks: Card.objects.filter(pk__in=pks).values_list(
            "retrospective_id", flat=True
        )
    },
)
def retrospective(row: Retrospective) -> Description:
    """Cards are found once it is closed: before, not all of them are for everybody."""
    cards = row.cards.all() if row.closed_at else []
    return Description(
        kind="retrospective",
        title=row.title,
        url=row.get_absolute_url(),
        updated_at=row.closed_at or datetime.combine(row.held_on, time(), UTC),
        tags=[row.team.name],
        body="\n".join(card.text for card in cards),
        team=row.team_id,
    )
