"""
Which totals may be shown without telling of single people.

A total of fewer than four is not; nor is one that leaves fewer than four when it is taken from
another total that is shown. What is shown is the same for every reader, so that two of them who
put their heads together learn no more.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

FEWEST = 4
Key = TypeVar("Key", bound=Hashable)


def shown_totals(groups: Mapping[Key, frozenset[int]]) -> set[Key]:
    """The larger of two goes before the smaller; of equal ones, the first."""
    large = [key for key, people in groups.items() if len(people) >= FEWEST]
    shown: list[Key] = []
    for key in sorted(large, key=lambda each: -len(groups[each])):
        if all(_tells_nothing(groups[known], groups[key]) for known in shown):
            shown.append(key)
    return set(shown)


def _tells_nothing(larger: frozenset[int], smaller: frozenset[int]) -> bool:
    """Whether the difference of two totals is that of nobody, or of enough people."""
    return not smaller < larger or len(larger - smaller) >= FEWEST
