"""
Words that nobody wrote so, put right: by the nearest word of what the person may know of.

The vocabulary knows private words too. So a word counts as known, and another is put in its
place, only where an entry within the person's reach holds it.
"""

from collections.abc import Iterable

from django.db.models import Q

from portal.models import Posting
from portal.search import vocabulary
from portal.search.meaning import Meaning

SHORTEST = 4  # letters
LONG = 8  # letters from which two slips are forgiven
MOST = 4  # words of a question are put right
TRIED = 12  # of what resembles, the nearest


def corrected(missing: Iterable[Meaning], within: Q) -> dict[str, str]:
    """
    Return `{asked: meant}` for asked words that no hit holds, and nothing else within reach.

    `within` is the condition on postings.
    """
    slips = [meaning for meaning in missing if _may_be_slip(meaning.atom)]
    meant = {}
    for meaning in slips[:MOST]:
        if meaning.entries and _within_reach(meaning.forms, within):
            continue
        if nearest := _nearest(meaning.atom, within):
            meant[meaning.atom] = nearest
    return meant


def _may_be_slip(atom: str) -> bool:
    return len(atom) >= SHORTEST and atom.isalpha()


def _within_reach(forms: Iterable[str], within: Q) -> set[str]:
    held = Posting.objects.filter(within, word__in=list(forms))
    return set(held.values_list("word", flat=True).distinct())


def _nearest(atom: str, within: Q) -> str | None:
    allowed = 2 if len(atom) >= LONG else 1
    near = [
        (slips, word[0] != atom[0], -count, word)
        for word, count in vocabulary.resembling(atom, allowed)
        if word.isalpha() and (slips := distance(atom, word, allowed)) <= allowed
    ]
    tried = sorted(near)[:TRIED]
    held = _within_reach([word for *_rank, word in tried], within)
    return next((word for *_rank, word in tried if word in held), None)


def distance(one: str, other: str, most: int) -> int:
    """
    Return how many slips lie between two words, or more than `most`.

    A slip is a letter too many, too few or wrong, or two neighbours in the wrong order
    (optimal string alignment).
    """
    if abs(len(one) - len(other)) > most or len(set(one) ^ set(other)) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, last, row = row, before, [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != wanted))
            swapped = at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted
            row.append(min(cost, last[to - 2] + 1) if swapped else cost)
        if min(row) > most:
            return most + 1
    return row[-1]
