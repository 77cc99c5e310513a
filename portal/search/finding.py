"""Search over everything that a person may know of: pages, API and suggestions call this."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.safestring import SafeString

from portal import clock
from portal.models import IndexEntry, IndexState, Posting, Service, User
from portal.search import asking, words
from portal.search.asking import Question
from portal.search.correcting import corrected
from portal.search.excerpts import excerpt, marked
from portal.search.meaning import Meaning, Meanings, understand
from portal.search.ranking import CANDIDATES, Hit, rank
from portal.search.reaching import within_reach
from portal.search.sources import FIELDS, UNDATED

PAGE = 20  # results


@dataclass(frozen=True)
class Wanted:
    """What narrows a search."""

    kinds: tuple[str, ...] = ()
    services: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()
    since: datetime | None = None
    with_archived: bool = False
    sources: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        return bool(self.kinds or self.services or self.teams or self.since)

    def condition(self) -> Q:
        """The condition on entries."""
        wanted = Q()
        if not self.with_archived:
            wanted &= Q(is_archived=False)
        if self.kinds:
            wanted &= Q(kind__in=self.kinds)
        if self.sources:
            wanted &= Q(source__in=self.sources)
        if self.services:
            about = [words.of_service(pk) for pk in self.services]
            rows = Posting.objects.filter(entry=OuterRef("pk"), word__in=about)
            wanted &= Q(Exists(rows))
        if self.teams:
            wanted &= Q(team__in=self.teams)
        if self.since:
            wanted &= Q(updated_at__gte=self.since)
        return wanted


@dataclass(frozen=True)
class Result:
    """One thing that was found."""

    kind: str
    title: str
    url: str
    excerpt: str
    services: list[str]
    updated_at: datetime | None
    revision: int | None
    is_overdue: bool
    is_archived: bool
    is_exact: bool
    # The fields in which something of the question stands, as `sources.FIELDS` names them.
    fields: list[str]
    forms: frozenset[str]
    source: str = ""
    object_id: int = 0

    @property
    def marked_title(self) -> SafeString:
        return marked(self.title, set(self.forms))

    @property
    def marked_excerpt(self) -> SafeString:
        return marked(self.excerpt, set(self.forms))


@dataclass(frozen=True)
class Answer:
    """
    What a question found. `meant` says which words were put right, {asked: meant}.

    `kinds`, `services` and `teams` count the results by value, [(value, count)].
    """

    text: str
    results: list[Result]
    total: int = 0
    is_cut: bool = False  # there is more than is ever ranked
    page: int = 1
    page_count: int = 1
    meant: dict[str, str] = field(default_factory=dict)
    shown_text: str = ""
    without: list[str] = field(default_factory=list)
    kinds: list[tuple[str, int]] = field(default_factory=list)
    services: list[tuple[int, int]] = field(default_factory=list)
    teams: list[tuple[int, int]] = field(default_factory=list)


def search(
    user: User,
    text: str,
    wanted: Wanted | None = None,
    *,
    page: int = 1,
    size: int = PAGE,
    as_typed: bool = False,
) -> Answer:
    """
    Return one page of what this person may know of, the best first.

    With `as_typed` no word is put right. The caller has refused what `asking.is_too_much`.
    """
    question = asking.read(text)
    if not question.asks:
        return Answer(text, [])
    within = within_reach(user) & (wanted or Wanted()).condition()
    now = clock.now()
    meanings, hits = _answered(question, within, now)
    meant: dict[str, str] = {}
    if not as_typed and not question.is_long and (missing := _missing(meanings, hits)):
        meant = corrected(missing, within_reach(user, path="entry__"))
    if meant:
        question = _put_right(question, meant)
        meanings, hits = _answered(question, within, now)
    return _answer(user, question, meanings, hits, text=text, meant=meant, page=page, size=size)


def _missing(meanings: Meanings, hits: list[Hit]) -> list[Meaning]:
    """The asked words that none of the hits holds."""
    held = {atom for hit in hits for atom in hit.matched}
    return [meaning for meaning in meanings.atoms if meaning.atom not in held]


def _answered(question: Question, within: Q, now: datetime) -> tuple[Meanings, list[Hit]]:
    state = IndexState.objects.filter(pk=1).first()
    meanings = understand(question, entry_count=state.entry_count if state else 0)
    return meanings, rank(question, meanings, within, now)


def _put_right(question: Question, meant: dict[str, str]) -> Question:
    def right(atoms: Iterable[str]) -> tuple[str, ...]:
        return tuple(meant.get(atom, atom) for atom in atoms)

    in_order = right(question.in_order)
    return replace(
        question,
        text=" ".join(in_order),
        atoms=tuple(dict.fromkeys(right(question.atoms))),
        in_order=in_order,
        phrases=tuple(asking.Phrase(right(phrase.atoms)) for phrase in question.phrases),
        last="" if question.last in meant else question.last,
    )


def _answer(
    user: User,
    question: Question,
    meanings: Meanings,
    hits: list[Hit],
    *,
    text: str,
    meant: dict[str, str],
    page: int,
    size: int,
) -> Answer:
    is_cut = len(hits) >= CANDIDATES
    hits = _once(hits)
    page_count = max(1, -(-len(hits) // size))
    page = min(max(page, 1), page_count)
    shown = hits[(page - 1) * size : page * size]
    pks = [hit.pk for hit in shown]
    entries = IndexEntry.objects.select_related("words").in_bulk(pks)
    names = _service_names(user, shown)
    forms = frozenset(word for meaning in meanings for word in meaning.forms)
    return Answer(
        text=text,
        results=[_result(hit, entries[hit.pk], names=names, forms=forms) for hit in shown],
        total=len(hits),
        is_cut=is_cut,
        page=page,
        page_count=page_count,
        meant=meant,
        shown_text=question.text,
        without=[" ".join(phrase.atoms) for phrase in question.without],
        kinds=_counted(hit.kind for hit in hits),
        services=_counted(pk for hit in hits for pk in hit.services),
        teams=_counted(hit.team for hit in hits if hit.team),
    )


def _once(hits: list[Hit]) -> list[Hit]:
    """A document of which a newer draft is found too stands there once, as readers get it."""
    at: dict[str, int] = {}
    for hit in hits:
        if hit.url not in at or hit.revision is not None:
            at[hit.url] = hit.pk
    return [hit for hit in hits if at[hit.url] == hit.pk]


def _service_names(user: User, hits: list[Hit]) -> dict[int, str]:
    pks = {pk for hit in hits for pk in hit.services}
    seen = Service.objects.visible_to(user).filter(pk__in=pks)
    return dict(seen.values_list("pk", "name")) if pks else {}


def _counted(values: Iterable[Any]) -> list[tuple[Any, int]]:
    return sorted(Counter(values).items(), key=lambda one: (-one[1], str(one[0])))


def _result(
    hit: Hit, entry: IndexEntry, *, names: dict[int, str], forms: frozenset[str]
) -> Result:
    bits = 0
    for matched in hit.matched.values():
        bits |= matched
    return Result(
        kind=entry.kind,
        title=entry.title,
        url=entry.url,
        excerpt=excerpt(entry.words.text, set(forms)),
        services=[names[pk] for pk in entry.services if pk in names],
        updated_at=entry.updated_at if entry.updated_at != UNDATED else None,
        revision=entry.revision,
        is_overdue=entry.overdue_at is not None and entry.overdue_at < clock.now(),
        is_archived=entry.is_archived,
        is_exact=hit.is_exact,
        fields=[name for place, name in enumerate(FIELDS) if bits >> place & 1],
        forms=forms,
        source=entry.source,
        object_id=entry.object_id,
    )
