"""How often something may be tried: counters that every process shares."""

import hashlib

from django.core.cache import cache


def count(what: str, who: str, *, window: int) -> int:
    """Count one more try; return how many there were, each within `window` s of the last."""
    key = _key(what, who)
    tries = int(cache.get(key, 0)) + 1
    cache.set(key, tries, window)
    return tries


def tries(what: str, who: str) -> int:
    return int(cache.get(_key(what, who), 0))


def forget(what: str, who: str) -> None:
    cache.delete(_key(what, who))


def _key(what: str, who: str) -> str:
    return f"{what}:{hashlib.sha256(who.strip().lower().encode()).hexdigest()}"
