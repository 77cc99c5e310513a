"""Who reacts to which kind of event. Apps register in their own `handlers.py`."""

from collections import defaultdict
from collections.abc import Callable

from portal.models import Event

Handler = Callable[[Event], object]
_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def on(*kinds: str) -> Callable[[Handler], Handler]:
    """React to these kinds of event: after commit, at least once, so bear running twice."""

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__name__}"
        for kind in kinds:
            _handlers[kind][name] = handler
        return handler

    return register


def of(kind: str) -> dict[str, Handler]:
    """The handlers of this kind of event, by the name under which a reaction finds them."""
    return _handlers.get(kind, {})
