"""What the pager does for incidents: it needs nothing but the database."""

from datetime import datetime

from incidents.workflow import escalation
from portal.sweeping import sweep


@sweep("escalate incidents", every=1, order=30)
def escalate(now: datetime) -> int:
    return escalation.escalate_due(now)
