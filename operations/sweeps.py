"""What the pager does for operations: the way of an alert waits for nothing else."""

from datetime import datetime

from operations import workflow
from portal.sweeping import sweep


@sweep("read receipts", every=1, order=10)
def read_receipts(now: datetime) -> int:
    return workflow.read_all_due(now)


@sweep("look at integrations", every=30, order=90)
def look_at_integrations(now: datetime) -> int:
    """Say which monitors went quiet, and which are heard or understood again."""
    return workflow.look_at_integrations(now)


@sweep("look at heartbeats", every=1, order=15)
def look_at_heartbeats(now: datetime) -> int:
    """Read pings, and turn those down whose time is over, with their alerts."""
    return workflow.look_at_due(now)


@sweep("look at silences", every=1, order=12)
def look_at_silences(now: datetime) -> int:
    return workflow.look_at_silences(now)


@sweep("look at inhibition rules", every=1, order=13)
def look_at_inhibitions(now: datetime) -> int:
    return workflow.look_at_inhibitions(now)


@sweep("let alerts that flapped be quiet", every=5, order=14)
def calm_flapping(now: datetime) -> int:
    return workflow.calm_flapping(now)


@sweep("offer hand-overs", every=15, order=60)
def offer_handovers(now: datetime) -> int:
    """Offer a hand-over for every shift that has ended."""
    return workflow.offer_due(now)
