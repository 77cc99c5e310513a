"""Who reacts to which kind of event. Apps register in their own `handlers.py`."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from portal.models import Event

Handler = Callable[[Event], object]
HandlerOfMany = Callable[[Sequence[Event]], object]
_handlers: dict[str, dict[str, HandlerOfMany]] = defaultdict(dict)


def on(*kinds: str) -> Callable[[Handler], Handler]:
    """React to these kinds of event: after commit, at least once, so bear running twice."""

    def register(handler: Handler) -> Handler:
        def each(events: Sequence[Event]) -> None:
            for event in events:
                handler(event)

        _register(_name_of(handler), each, kinds)
        return handler

    return register


def on_many(*kinds: str) -> Callable[[HandlerOfMany], HandlerOfMany]:
    """
    React to these kinds as `on` does, with all the events that wait, the oldest first.

    For what comes in storms. No two of them are about one subject.
    """

    def register(handler: HandlerOfMany) -> HandlerOfMany:
        _register(_name_of(handler), handler, kinds)
        return handler

    return register


def of(kind: str) -> dict[str, HandlerOfMany]:
    """The handlers of this kind of event, by the name under which a reaction finds them."""
    return _handlers.get(kind, {})


def _name_of(handler: Callable[..., object]) -> str:
    return f"{handler.__module__}.{handler.__name__}"


def _register(name: str, handler: HandlerOfMany, kinds: Sequence[str]) -> None:
    for kind in kinds:
        _handlers[kind][name] = handler
