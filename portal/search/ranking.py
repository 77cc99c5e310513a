"""
Which entries answer a question, the best first; alike on every database.

The database adds up, over the entries that the person may know of, what the asked words say
about each (BM25). Of the best so found, everything that is about order and place is weighed
here: all words together, one behind the other, in the title; the exact name; freshness.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import exp

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Sum, Value, When

from portal.models import IndexEntry, Posting
from portal.search import words
from portal.search.asking import Phrase, Question
from portal.search.meaning import Meaning, Meanings
from portal.search.sources import FIELDS

CANDIDATES = 200  # ranked, and so the most that is ever found
NEIGHBOURS_IN = 60  # of them are looked at for phrases
ROWS = 12_000  # of the index are added up; frequent words beyond count in strong places only
STRONG = 700  # thousandths: the weight of a word in a title or name
EXACT = 1_000_000  # before everything else
FRESH_FOR = 180  # days
FEWEST = 0.12  # of the best: what says less is noise beside it
KINDS = {"alert": 0.85, "log": 0.8, "deployment": 0.85, "window": 0.9, "draft": 0.7}
TITLE, NAMES, ALERTS = (1 << FIELDS.index(name) for name in ("title", "names", "alerts"))


@dataclass
class Hit:
    """An entry that answers; `matched` says which asked words stand where, in bits."""

    pk: int
    updated_at: datetime
    kind: str
    score: float = 0.0
    is_exact: bool = False
    matched: dict[str, int] = field(default_factory=dict)


def rank(question: Question, meanings: Meanings, within: Q, now: datetime) -> list[Hit]:
    """Return at most `CANDIDATES` hits; `within` is on entries, with the path "entry__"."""
    multipliers = _multipliers(meanings)
    mark = words.key(question.text)
    required = within & _required(question)
    found = _candidates(multipliers, mark, required, meanings)
    if not found:
        return []
    _weigh(found, meanings, mark, question)
    _weigh_neighbours(found, question)
    for hit in found.values():
        _weigh_entry(hit, now)
    return _in_order(found.values())


def _multipliers(meanings: Meanings) -> dict[str, int]:
    """How much each form counts: whole numbers, since databases round each in their own way."""
    counted: dict[str, int] = defaultdict(int)
    for meaning in meanings:
        for word, value in meaning.forms.items():
            counted[word] = max(counted[word], round(meaning.telling * value))
    return dict(counted)


def _candidates(
    multipliers: dict[str, int], mark: str, within: Q, meanings: Meanings
) -> dict[int, Hit]:
    rows = Posting.objects.filter(_rows_to_add(meanings, mark), within)
    cases = [When(word=word, then=Value(value)) for word, value in multipliers.items()]
    cases.append(When(word=mark, then=Value(EXACT)))
    factor = Case(*cases, default=Value(0), output_field=IntegerField())
    summed = rows.values_list("entry_id", "entry__updated_at", "entry__kind").annotate(
        total=Sum(F("weight") * factor)
    )
    best = summed.order_by("-total", "-entry__updated_at", "-entry_id")[:CANDIDATES]
    return {pk: Hit(pk, updated_at, kind) for pk, updated_at, kind, _total in best}


def _rows_to_add(meanings: Meanings, mark: str) -> Q:
    """The rarest words fully; the others, once that is much, where they say most."""
    fully, total = [mark], 0
    strong: list[str] = []
    for meaning in sorted(meanings, key=lambda each: (each.entries, each.atom)):
        total += meaning.entries
        (fully if total <= ROWS or (len(fully) == 1 and total <= 3 * ROWS) else strong).extend(
            meaning.forms
        )
    chosen = Q(word__in=fully)
    return chosen | Q(word__in=strong, weight__gte=STRONG) if strong else chosen


def _required(question: Question) -> Q:
    required = Q()
    for phrase in question.phrases:
        required &= _holds(phrase)
    for phrase in question.without:
        required &= ~_holds(phrase)
    return required


def _holds(phrase: Phrase) -> Q:
    if len(phrase.atoms) == 1:
        standing = Posting.objects.filter(entry=OuterRef("entry_id"), word=phrase.atoms[0])
        return Q(Exists(standing))
    return Q(entry__stream__contains=f" {' '.join(phrase.atoms)} ")


def _weigh(found: dict[int, Hit], meanings: Meanings, mark: str, question: Question) -> None:
    """Add up what each asked word says, and prefer those that answer all of them."""
    forms = {word for meaning in meanings for word in meaning.forms}
    standing: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    rows = Posting.objects.filter(entry__in=list(found), word__in=[*forms, mark])
    for pk, word, weight, bits in rows.values_list("entry_id", "word", "weight", "fields"):
        standing[pk][word] = (weight, bits)
    for pk, hit in found.items():
        hit.is_exact = mark in standing[pk]
        hit.score = sum(_said(meaning, standing[pk], hit) for meaning in meanings)
        if hit.is_exact:
            hit.matched[question.text] = standing[pk][mark][1]
        hit.score *= _share(meanings.atoms, hit)


def _said(meaning: Meaning, standing: dict[str, tuple[int, int]], hit: Hit) -> float:
    """What this asked word says of the entry, by the form that says most."""
    best = 0.0
    for word, value in meaning.forms.items():
        if word in standing:
            weight, bits = standing[word]
            best = max(best, value * weight * 1e-5)
            hit.matched[meaning.atom] = hit.matched.get(meaning.atom, 0) | bits
    return best * meaning.telling


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


def _weigh_neighbours(found: dict[int, Hit], question: Question) -> None:
    """Prefer those in which the asked words stand one behind the other."""
    pairs = list(zip(question.in_order, question.in_order[1:], strict=False))[:30]
    if not pairs:
        return
    best = sorted(found.values(), key=lambda hit: -hit.score)[:NEIGHBOURS_IN]
    whole = f" {' '.join(question.in_order)} "
    streams = IndexEntry.objects.filter(pk__in=[hit.pk for hit in best])
    for pk, stream, title in streams.values_list("pk", "stream", "title"):
        beside = sum(f" {one} {other} " in stream for one, other in pairs) / len(pairs)
        found[pk].score *= 1 + 0.3 * beside
        if whole in stream:
            found[pk].score *= 1.2
            if stream.startswith(whole):
                found[pk].score *= 1.1 + 0.3 * len(question.text) / max(len(title), 1)


def _weigh_entry(hit: Hit, now: datetime) -> None:
    age = max((now - hit.updated_at).total_seconds() / 86400, 0.0)
    hit.score *= 1 + 0.1 * exp(-age / FRESH_FOR)
    hit.score = round(hit.score * KINDS.get(hit.kind, 1.0), 6)


def _in_order(found: Iterable[Hit]) -> list[Hit]:
    best = max(hit.score for hit in found)
    telling = [hit for hit in found if hit.is_exact or hit.score >= FEWEST * best]
    return sorted(
        telling,
        key=lambda hit: (not hit.is_exact, -hit.score, -hit.updated_at.timestamp(), hit.pk),
    )
