"""
What one request reads once, however many of its parts ask for it.

Only for what a page shows; outside a request nothing is kept.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

V = TypeVar("V")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("memo", default=None)


def once(key: Hashable, make: Callable[[], V]) -> V:
    """Return what this request has made for `key` already, or make it."""
    kept = _kept.get()
    if kept is None:
        return make()
    if key not in kept:
        kept[key] = make()
    value: V = kept[key]
    return value


@contextmanager
def one_request() -> Iterator[None]:
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)
