"""The three formulas: median, percentile by nearest rank, and Wilson's interval."""

import math
from collections.abc import Sequence
from datetime import timedelta

Z = 1.959964  # of the normal distribution, for 95 %


def median(values: Sequence[timedelta]) -> timedelta | None:
    """Return the middle value; of an even count, the mean of the two middle ones."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Sequence[timedelta], percent: int) -> timedelta | None:
    """Return the smallest value that at least `percent` per cent do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(-(-percent * len(ordered) // 100), 1) - 1]


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """
    Return the ends of the 95 % interval of a proportion after Wilson (1927), from 0 to 1.

    Unlike the plain formula it stays within 0 and 1, and says something of 0 of 3.
    """
    if whole == 0:
        return None
    share, square = part / whole, Z * Z
    middle = share + square / (2 * whole)
    apart = Z * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    below, by = 1 + square / whole, (middle - apart, middle + apart)
    return max(by[0] / below, 0.0), min(by[1] / below, 1.0)
