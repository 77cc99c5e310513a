"""What the pager does for incidents: it needs nothing but the database."""

from datetime import datetime

from incidents.workflow import alerts, answers, escalation
from portal.sweeping import sweep


@sweep("escalate incidents", every=1, order=30)
def escalate(now: datetime) -> int:
    return escalation.escalate_due(now)


@sweep("take back acknowledgements", every=5, order=31)
def lapse(now: datetime) -> int:
    return answers.lapse_due(now)


@sweep("resolve what has become quiet", every=5, order=32)
def resolve_quiet(now: datetime) -> int:
    return alerts.resolve_quiet(now)
