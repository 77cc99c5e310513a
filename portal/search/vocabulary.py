"""
Which words there are, and in how many entries: what a beginning or a misspelling may mean.

It knows the words of everything, private things too; so nothing of it is shown before an
entry that the person may know of was found by it (`portal.search.correcting`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db.models import Count, F, Q

from portal.models import IndexChange, Posting, Word
from portal.search.words import SHORTEST_STEMMED, is_word, stem

COUNTED = 100  # changes at a time
TOGETHER = 500  # words in one statement
BEGINNINGS = 24  # words that one beginning may stand for
SHORTEST_BEGINNING = 2  # letters
LOOKED_AT = 300  # words; databases order words of one count each in their own way

Item = TypeVar("Item")


def count_changes() -> int:
    """Count what entries gained and lost; return how many changes that were."""
    changes = list(IndexChange.objects.order_by("pk")[:COUNTED])
    counts: Counter[str] = Counter()
    for change in changes:
        counts.update(change.added)
        counts.subtract(change.removed)
    by_count: dict[int, list[str]] = defaultdict(list)
    for word in sorted(counts):
        by_count[counts[word]].append(word)
    for count, words in by_count.items():
        if count:
            _add(words, count)
    IndexChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return len(changes)


def _add(words: list[str], count: int) -> None:
    for some in _parts(words):
        Word.objects.bulk_create([_word(word) for word in some], ignore_conflicts=True)
        Word.objects.filter(pk__in=some).update(entry_count=F("entry_count") + count)
        if count < 0:
            Word.objects.filter(pk__in=some, entry_count__lte=0).delete()


def count_anew() -> None:
    """Count all words from what is indexed; the same comes out as by counting changes."""
    IndexChange.objects.all().delete()
    Word.objects.all().delete()
    counted = Posting.objects.values_list("word").annotate(entries=Count("entry"))
    found = ((word, count) for word, count in counted.iterator() if is_word(word))
    for some in _parts(list(found)):
        Word.objects.bulk_create([_word(word, count) for word, count in some])


def _parts(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), TOGETHER):
        yield items[start : start + TOGETHER]


def _word(word: str, count: int = 0) -> Word:
    return Word(
        word=word,
        stem=stem(word),
        head=word[:2],
        tail=word[-3:],
        length=len(word),
        entry_count=count,
    )


def counts_of(words: Iterable[str]) -> dict[str, int]:
    """In how many entries each of these words stands, of those that stand in any."""
    known = Word.objects.filter(pk__in=set(words))
    return dict(known.values_list("word", "entry_count"))


def of_stems(stems: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return `{stem: {word: entries}}`."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    same = Word.objects.filter(stem__in=set(stems), length__gte=SHORTEST_STEMMED)
    for word, its_stem, count in same.values_list("word", "stem", "entry_count"):
        found[its_stem][word] = count
    return found


def beginning_with(start: str) -> dict[str, int]:
    """The words that begin so, the most frequent of them."""
    if len(start) < SHORTEST_BEGINNING:
        return {}
    longer = Word.objects.filter(head=start[:2], word__startswith=start).exclude(pk=start)
    found = longer.order_by("-entry_count").values_list("word", "entry_count")[:LOOKED_AT]
    return dict(sorted(found, key=lambda one: (-one[1], one[0]))[:BEGINNINGS])


def resembling(word: str, distance: int) -> list[tuple[str, int]]:
    """
    Words of about this length that begin or end as this one: (word, entries).

    A misspelling seldom hits both the first two letters and the last three.
    """
    lengths = (len(word) - distance, len(word) + distance)
    alike = Word.objects.filter(
        Q(head=word[:2]) | Q(tail=word[-3:]), length__range=lengths, entry_count__gt=0
    )
    return list(alike.values_list("word", "entry_count"))
