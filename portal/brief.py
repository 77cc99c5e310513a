"""
What a process may remember for a moment: the same answer for many who ask at once.

Never for a decision that stops or starts anything, and never longer than a person would notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings

V = TypeVar("V")
MOST = 2000  # answers; a process that knows more begins anew


class Brief(Generic[V]):
    """Answers by key, each good for `seconds`."""

    every: ClassVar[list[Brief[Any]]] = []

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[float, V]] = {}
        self.every.append(self)

    def forget(self) -> None:
        self._kept.clear()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return what is remembered, or make it."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        value = make()
        if settings.REMEMBER_BRIEFLY:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (now + self._seconds, value)
        return value
