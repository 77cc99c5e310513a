"""
Slots: how a page shows what an app above it knows, without importing that app.

A template opens a slot with `{% panels "service.detail" service %}`; any app fills it
from its own `panels.py`. A slot may also gather plain values, such as the lines of the band
under the top bar: `gather("band", user)` adds up what each `@contribution("band")` returns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from portal.models import User

Context = Callable[[User, Any], dict[str, Any] | None]
Contribution = Callable[[User, Any], Iterable[Any]]


@dataclass(frozen=True)
class Panel:
    order: int
    template: str
    context: Context


_slots: dict[str, list[Panel]] = defaultdict(list)
_contributions: dict[str, list[Contribution]] = defaultdict(list)


def panel(slot: str, template: str, *, order: int = 100) -> Callable[[Context], Context]:
    """
    Fill `slot` with `template`; the function takes (user, subject) and gives its context.

    `None` instead of a context leaves the panel out.
    """

    def register(context: Context) -> Context:
        _slots[slot].append(Panel(order, template, context))
        return context

    return register


def panels_in(slot: str) -> list[Panel]:
    return sorted(_slots.get(slot, []), key=lambda panel: panel.order)


def contribution(slot: str) -> Callable[[Contribution], Contribution]:
    """Add values to `slot`; the function takes (user, subject)."""

    def register(function: Contribution) -> Contribution:
        _contributions[slot].append(function)
        return function

    return register


def gather(slot: str, user: User, subject: Any = None) -> list[Any]:
    return [
        item for function in _contributions.get(slot, []) for item in function(user, subject)
    ]
