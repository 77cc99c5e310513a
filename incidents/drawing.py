"""A step of an escalation policy as somebody draws it, before it is kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from incidents.models import Strategy
from operations.models import Schedule
from portal.models import Channel, Team, User


class Target(NamedTuple):
    """Whom a step is to tell; what is left open is the owner team's own."""

    kind: str
    named: User | Schedule | Team | Channel | None = None


class Rung(NamedTuple):
    """A step as somebody draws it."""

    targets: Sequence[Target]
    delay_minutes: int = 5
    strategy: str = Strategy.ALL
    conditions: Sequence[dict[str, Any]] = ()
