"""
Events that not everybody may read, whatever page, feed or program asks for them.

An app that keeps private things says which of their events are hidden from whom; the log, the
API and webhooks ask here. Nobody is asked for: `None` stands for whoever is outside.
"""

from collections.abc import Callable

from django.db.models import Q

from portal.models import User

Hides = Callable[[User | None], Q | None]

_hides: list[Hides] = []


def hides_events(function: Hides) -> Hides:
    """Register what says which events are hidden from a person; `None` for nothing."""
    _hides.append(function)
    return function


def hidden_from(user: User | None) -> list[Q]:
    """Return what is hidden from this person, or from outsiders, to be excluded."""
    return [hidden for function in _hides if (hidden := function(user)) is not None]
