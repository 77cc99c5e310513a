"""
Which entries answer a question, the best first; alike on every database.

What the asked words say about each entry (BM25) is added up. Of the best so found, those that
the person may know of are kept, by a condition that the database asks; and everything that is
about order and place is weighed: all words together, one behind the other, in the title; the
exact name; freshness.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import exp

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from portal.models import IndexEntry, IndexText, Posting
from portal.search import words
from portal.search.asking import Phrase, Question
from portal.search.meaning import Meaning, Meanings
from portal.search.sources import FIELDS

CANDIDATES = 200  # ranked, and so the most that is ever found
LOOKED_AT = 300  # of the best at first, whether they may be shown
NEIGHBOURS_IN = 60  # of the best are looked at for phrases
ROWS = 10_000  # of the index are read; of frequent words beyond, only where they say most
BEST_OF_A_WORD = 2_000
FREQUENT_WORDS = 3  # beyond, that are read so
EXACT = 1_000_000  # before everything else
FRESH_FOR = 180  # days
FEWEST = 0.12  # of the best: what says less is noise beside it
# What is told of, after what tells what to do.
KINDS = {
    "alert": 0.7,
    "log": 0.7,
    "meeting": 0.7,
    "deployment": 0.8,
    "window": 0.8,
    "draft": 0.7,
    "template": 0.7,
    "snippet": 0.8,
    "retrospective": 0.8,
}
TITLE, NAMES, ALERTS = (1 << FIELDS.index(name) for name in ("title", "names", "alerts"))


@dataclass
class Hit:
    """An entry that answers; `matched` says which asked words stand where, in bits."""

    pk: int
    updated_at: datetime
    kind: str
    url: str
    revision: int | None
    services: list[int]
    team: int | None
    score: float = 0.0
    is_exact: bool = False
    matched: dict[str, int] = field(default_factory=dict)


def rank(question: Question, meanings: Meanings, within: Q, now: datetime) -> list[Hit]:
    """Return at most `CANDIDATES` hits among the entries for which `within` holds."""
    mark = words.key(question.text)
    best = _best_first(meanings, mark)
    hits = _allowed(best, within & _required(question))
    if not hits:
        return []
    _weigh(hits, meanings, question, mark)
    _weigh_neighbours(hits, question)
    for hit in hits:
        _weigh_entry(hit, now)
    return _in_order(hits)


def _best_first(meanings: Meanings, mark: str) -> QuerySet[Posting, int]:
    """The keys of the entries of which the asked words say most; whole numbers are added."""
    factors: dict[str, int] = {}
    for meaning in meanings:
        for word, value in meaning.forms.items():
            factors[word] = max(factors.get(word, 0), round(meaning.telling * value))
    cases = [When(word=word, then=Value(value)) for word, value in factors.items()]
    cases.append(When(word=mark, then=Value(EXACT)))
    factor = Case(*cases, default=Value(0), output_field=IntegerField())
    rows = Posting.objects.filter(_rows_to_add(meanings, mark)).values("entry_id")
    summed = rows.annotate(total=Sum(F("weight") * factor)).order_by("-total", "-entry_id")
    return summed.values_list("entry_id", flat=True)


def _rows_to_add(meanings: Meanings, mark: str) -> Q:
    """All rows of the rarest words; of frequent ones beyond, those where they say most."""
    fully, total = [mark], 0
    partly: list[str] = []
    for meaning in sorted(meanings, key=lambda each: (each.entries, each.atom)):
        total += meaning.entries
        (fully if total <= ROWS else partly).extend(meaning.forms)
    wanted = Q(word__in=fully)
    for word in partly[:FREQUENT_WORDS]:
        weights = Posting.objects.filter(word=word).order_by("-weight")
        least = weights.values_list("weight", flat=True)[BEST_OF_A_WORD : BEST_OF_A_WORD + 1]
        wanted |= Q(word=word, weight__gt=next(iter(least), 0))
    return wanted


def _allowed(best: QuerySet[Posting, int], within: Q) -> list[Hit]:
    """Return the first of these for which the condition holds; asked in parts till enough."""
    fields = ("pk", "updated_at", "kind", "url", "revision", "services", "team")
    hits: list[Hit] = []
    start, size = 0, LOOKED_AT
    while len(hits) < CANDIDATES and (some := list(best[start : start + size])):
        rows = IndexEntry.objects.filter(within, pk__in=some).values_list(*fields)
        found = {row[0]: Hit(*row) for row in rows}
        hits += [found[pk] for pk in some if pk in found]
        if len(some) < size:
            break
        start, size = start + size, 8 * LOOKED_AT
    return hits[:CANDIDATES]


def _required(question: Question) -> Q:
    required = Q()
    for phrase in question.phrases:
        required &= _holds(phrase)
    for phrase in question.without:
        required &= ~_holds(phrase)
    return required


def _holds(phrase: Phrase) -> Q:
    if len(phrase.atoms) == 1:
        return Q(Exists(Posting.objects.filter(entry=OuterRef("pk"), word=phrase.atoms[0])))
    together = f" {' '.join(phrase.atoms)} "
    return Q(Exists(IndexText.objects.filter(entry=OuterRef("pk"), stream__contains=together)))


def _weigh(hits: list[Hit], meanings: Meanings, question: Question, mark: str) -> None:
    """Add up what each asked word says, by the form that says most; prefer those with all."""
    means: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for meaning in meanings:
        for word, value in meaning.forms.items():
            means[word].append((meaning.atom, meaning.telling * value * 1e-5))
    found = {hit.pk: hit for hit in hits}
    said: dict[int, dict[str, float]] = {pk: {} for pk in found}
    rows = Posting.objects.filter(entry__in=list(found), word__in=[*means, mark])
    for pk, word, weight, bits in rows.values_list("entry_id", "word", "weight", "fields"):
        hit, told = found[pk], said[pk]
        for atom, factor in means.get(word, ()):
            told[atom] = max(told.get(atom, 0.0), factor * weight)
            hit.matched[atom] = hit.matched.get(atom, 0) | bits
        if word == mark:
            hit.is_exact = True
            hit.matched[question.text] = bits
    for pk, hit in found.items():
        # Added in one order, since the last digits of a sum depend on it.
        hit.score = sum(value for _atom, value in sorted(said[pk].items()))
        hit.score *= _share(meanings.atoms, hit)


def _share(asked: list[Meaning], hit: Hit) -> float:
    """From 0.4 to 1 by how much of what was asked is there, and more if it is in the title."""
    total = sum(meaning.telling for meaning in asked) or 1.0
    there = sum(meaning.telling for meaning in asked if meaning.atom in hit.matched)
    named = sum(
        meaning.telling
        for meaning in asked
        if hit.matched.get(meaning.atom, 0) & (TITLE | NAMES | ALERTS)
    )
    return (0.4 + 0.6 * there / total) * (1 + 0.6 * (named / total) ** 2)


def _weigh_neighbours(hits: list[Hit], question: Question) -> None:
    """Prefer those in which the asked words stand one behind the other."""
    pairs = list(pairwise(question.in_order))[:30]
    if not pairs:
        return
    best = {hit.pk: hit for hit in sorted(hits, key=lambda hit: -hit.score)[:NEIGHBOURS_IN]}
    whole = f" {' '.join(question.in_order)} "
    streams = IndexText.objects.filter(pk__in=list(best))
    for pk, stream, title in streams.values_list("pk", "stream", "entry__title"):
        beside = sum(f" {one} {other} " in stream for one, other in pairs) / len(pairs)
        best[pk].score *= 1 + 0.3 * beside
        if whole in stream:
            best[pk].score *= 1.2
            if stream.startswith(whole):
                best[pk].score *= 1.1 + 0.3 * len(question.text) / max(len(title), 1)


def _weigh_entry(hit: Hit, now: datetime) -> None:
    age = max((now - hit.updated_at).total_seconds() / 86400, 0.0)
    hit.score *= 1 + 0.1 * exp(-age / FRESH_FOR)
    hit.score = round(hit.score * KINDS.get(hit.kind, 1.0), 6)


def _in_order(found: Iterable[Hit]) -> list[Hit]:
    best = max(hit.score for hit in found)
    telling = [hit for hit in found if hit.is_exact or hit.score >= FEWEST * best]
    return sorted(telling, key=_place)


def _place(hit: Hit) -> tuple[bool, bool, float, float, int]:
    """What bears the very name first, of these an alert's runbook before the alert."""
    only_told_of = hit.is_exact and hit.kind in KINDS
    return (
        not hit.is_exact,
        only_told_of,
        -hit.score,
        -hit.updated_at.timestamp(),
        hit.pk,
    )
