"""
Runs that not everybody may read who may read their runbook.

What a run is for is known above: whoever keeps private things there says which runs are hidden
from whom. Nobody is asked for: `None` stands for whoever is outside.
"""

from collections.abc import Callable

from django.db.models import Q

from portal.models import User

Hides = Callable[[User | None], Q | None]

_hides: list[Hides] = []


def hides_runs(function: Hides) -> Hides:
    """Register what says which runs are hidden from a person; `None` for nothing."""
    _hides.append(function)
    return function


def runs_hidden_from(user: User | None) -> list[Q]:
    """Return what is hidden from this person, or from outsiders, to be excluded."""
    return [hidden for function in _hides if (hidden := function(user)) is not None]
