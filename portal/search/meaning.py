"""
What each asked word may stand as in the index, and how much it tells.

A word stands for itself, for words of the same stem, for longer words if somebody may still
be writing it, and for two words that are one elsewhere ("time out", "timeout").
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from portal.search import vocabulary, words
from portal.search.asking import Question

# Hundredths of what the word itself counts.
ITSELF, SAME_STEM, BEGINNING, JOINED, WHOLE = 100, 65, 45, 80, 100
SHORTEST_WRITTEN = 2  # letters of a word that is still being written
SHORTEST_PIECE = 3  # letters of a word that is found in two pieces
MOST_ATOMS = 24  # the most telling words of a pasted text


@dataclass
class Meaning:
    """One asked word; `forms` says as what it may stand, and for how much that counts."""

    atom: str
    telling: float  # its inverse document frequency
    entries: int
    forms: dict[str, int] = field(default_factory=dict)


@dataclass
class Meanings:
    atoms: list[Meaning]
    wholes: list[Meaning]

    def __iter__(self) -> Iterator[Meaning]:
        yield from self.atoms
        yield from self.wholes


def understand(question: Question, *, entry_count: int) -> Meanings:
    stems = {words.stem(atom) for atom in question.atoms}
    joined = _joined(question)
    pieces = {} if question.is_long else {atom: _pieces(atom) for atom in question.atoms}
    asked = [*question.atoms, *question.wholes, *joined]
    asked += [piece for pairs in pieces.values() for pair in pairs for piece in pair]
    counts = vocabulary.counts_of(asked)
    alike = vocabulary.of_stems(stems)
    atoms = []
    for atom in question.atoms:
        forms = dict.fromkeys(alike.get(words.stem(atom), {}), SAME_STEM)
        forms |= {atom: ITSELF, words.joined(atom): JOINED}
        if is_open(atom, question) or (atom not in counts and len(forms) == 2):
            longer = _longer(atom, is_last=is_open(atom, question))
            counts |= longer
            forms = dict.fromkeys(longer, BEGINNING) | forms
        if not any(word in counts for word in forms):
            forms |= _both_pieces(pieces.get(atom, []), counts)
        counts |= alike.get(words.stem(atom), {})
        atoms.append(_meaning(atom, forms, counts, entry_count))
    wholes = [
        _meaning(word, {word: value}, counts, entry_count)
        for value, some in ((WHOLE, question.wholes), (JOINED, joined))
        for word in some
        if word in counts
    ]
    return Meanings(_most_telling(atoms), _most_telling(wholes))


def is_open(atom: str, question: Question) -> bool:
    return atom == question.last


def _longer(atom: str, *, is_last: bool) -> dict[str, int]:
    shortest = SHORTEST_WRITTEN if is_last else words.SHORTEST_STEMMED
    return vocabulary.beginning_with(atom) if len(atom) >= shortest else {}


def _meaning(
    atom: str, forms: dict[str, int], counts: dict[str, int], entry_count: int
) -> Meaning:
    strong = sum(counts.get(word, 0) for word, value in forms.items() if value >= SAME_STEM)
    entries = strong or max((counts.get(word, 0) for word in forms), default=0)
    telling = math.log(1 + (entry_count + 1) / (entries + 0.5))
    return Meaning(atom, telling, sum(counts.get(word, 0) for word in forms), forms)


def _joined(question: Question) -> list[str]:
    """Neighbours written as one word."""
    if question.is_long:
        return []
    pairs = zip(question.in_order, question.in_order[1:], strict=False)
    return [one + other for one, other in pairs if (one + other).isalpha()]


def _pieces(atom: str) -> list[tuple[str, str]]:
    """All ways to write it as two words."""
    if not atom.isalpha():
        return []
    ends = range(SHORTEST_PIECE, len(atom) - SHORTEST_PIECE + 1)
    return [(atom[:end], atom[end:]) for end in ends]


def _both_pieces(pairs: Iterable[tuple[str, str]], counts: dict[str, int]) -> dict[str, int]:
    known = [pair for pair in pairs if all(piece in counts for piece in pair)]
    best = max(known, key=lambda pair: min(counts[piece] for piece in pair), default=())
    return dict.fromkeys(best, JOINED)


def _most_telling(meanings: list[Meaning]) -> list[Meaning]:
    if len(meanings) <= MOST_ATOMS:
        return meanings
    known = [meaning for meaning in meanings if meaning.entries]
    return sorted(known, key=lambda meaning: (meaning.entries, meaning.atom))[:MOST_ATOMS]
