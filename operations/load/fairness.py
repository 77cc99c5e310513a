"""
How evenly a load lies on people, those who carry nothing included.

Balance is the mean over all pairs of the smaller by the larger. Of a pair of two zeros there is
nothing to say, so it is left out; with no pair left, there is no balance.
"""

from collections.abc import Mapping
from itertools import combinations


def balance(carried: Mapping[int, float]) -> float | None:
    shares = [
        min(one, other) / max(one, other)
        for one, other in combinations(carried.values(), 2)
        if one or other
    ]
    return sum(shares) / len(shares) if shares else None


def mean(carried: Mapping[int, float]) -> float | None:
    return sum(carried.values()) / len(carried) if carried else None


def overloaded(carried: Mapping[int, float]) -> list[int]:
    """Whoever carries more than the mean of all who could."""
    middle = mean(carried)
    return [who for who, load in carried.items() if middle is not None and load > middle]
