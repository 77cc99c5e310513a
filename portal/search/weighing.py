"""
How much each word says about an entry: BM25F, after Robertson, Zaragoza and Taylor (2004).

Of the corpus only the frequency of words is used, and that when somebody asks; so what an
entry says does not change with others, and made anew it is the same.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from portal.search import words
from portal.search.sources import FIELDS, Description

LONGEST_READ = 200_000  # characters of one field
LONGEST_KEPT = 20_000  # characters for excerpts
SATURATION = 1.5  # k1 of BM25
HALF = 0.5  # b of BM25, for texts; names and titles are not held against their length
USUAL_LENGTH = 300  # words of a text
SHORTEST = 120  # what is shorter says no more about each of its words
STRENGTH = {
    "title": 9.0,
    "names": 7.0,
    "alerts": 8.0,
    "tags": 4.0,
    "headings": 4.0,
    "body": 1.0,
    "code": 0.7,
}
WHOLE = 1000  # weight of a mark
FULL = 1000  # what an endless number of a word would weigh


class Weight(NamedTuple):
    weight: int  # thousandths
    fields: int  # bits


class Read(NamedTuple):
    """A description as the index keeps it."""

    postings: dict[str, Weight]
    text: str
    stream: str
    digest: str


def read(described: Description) -> Read:
    texts = _texts(described)
    amounts: dict[str, float] = defaultdict(float)
    bits: dict[str, int] = defaultdict(int)
    stream: list[str] = []
    for place, name in enumerate(FIELDS):
        found, in_order = _count(texts[name], is_long=name in ("body", "code"))
        stream += [*in_order, "|"]
        factor = STRENGTH[name] / _length_norm(name, sum(found.values()))
        for word, count in found.items():
            amounts[word] += factor * count
            bits[word] |= 1 << place
    postings = {
        word: Weight(round(FULL * amount / (SATURATION + amount)), bits[word])
        for word, amount in amounts.items()
    }
    for joined in _joined(texts["title"]):
        postings.setdefault(words.joined(joined), Weight(WHOLE, 1 << FIELDS.index("title")))
    for mark, place in _marks(described):
        postings[mark] = Weight(WHOLE, 1 << place | postings.get(mark, Weight(0, 0)).fields)
    shown = " ".join(texts[name] for name in ("headings", "body", "code") if texts[name])
    return Read(
        postings, shown[:LONGEST_KEPT], f" {' '.join(stream)} ", _digest(described, texts)
    )


def _texts(described: Description) -> dict[str, str]:
    return {name: _text(getattr(described, name))[:LONGEST_READ] for name in FIELDS}


def _text(value: str | Iterable[str]) -> str:
    # PostgreSQL keeps no NUL; names of their own are no phrase together.
    text = value if isinstance(value, str) else " | ".join(value)
    return text.replace("\0", "")


def _count(text: str, *, is_long: bool) -> tuple[Counter[str], list[str]]:
    """Return how often each word stands there, and the atoms in order."""
    found: Counter[str] = Counter()
    in_order: list[str] = []
    for token in words.tokens(text):
        in_order += token.atoms
        found.update(token.wholes)
        found.update(atom for atom in token.atoms if len(atom) > 1 or atom.isdigit())
        if len(token.atoms) == 1 == len(token.atoms[0]):
            found[token.atoms[0]] += not token.atoms[0].isdigit()
    if is_long:
        for word in words.STOP_WORDS & found.keys():
            del found[word]
    return found, in_order


def _joined(title: str) -> Iterator[str]:
    """Neighbours in a title as one word: "fail over" is looked for as "failover"."""
    atoms = [atom for token in words.tokens(title) for atom in token.atoms]
    return (one + other for one, other in pairwise(atoms) if (one + other).isalpha())


def _length_norm(name: str, length: int) -> float:
    if name not in ("body", "code"):
        return 1.0
    return 1 - HALF + HALF * max(length, SHORTEST) / USUAL_LENGTH


def _marks(described: Description) -> Iterator[tuple[str, int]]:
    yield words.key(described.title), FIELDS.index("title")
    for name in ("names", "alerts"):
        for text in getattr(described, name):
            yield words.key(text), FIELDS.index(name)
    for pk in described.services:
        yield words.of_service(pk), FIELDS.index("tags")


def _digest(described: Description, texts: dict[str, str]) -> str:
    team = getattr(described.team, "pk", described.team)
    told = [
        *(words.RULES, described.kind, described.url, team),
        *(sorted(described.services), described.revision),
        *(described.is_archived, *texts.values()),
    ]
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()
