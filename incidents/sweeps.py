"""What the pager does for incidents: it needs nothing but the database."""

from datetime import datetime

from incidents.workflow import (
    alerts,
    announcing,
    answers,
    clock_alarms,
    components,
    copies,
    deadlines,
    drafts,
    escalation,
    maintenance_phases,
    mending,
    report_letters,
    stakeholder_letters,
    status,
    subscriber_letters,
    subscribing,
)
from portal.sweeping import before_the_end, sweep

before_the_end("send messages to stakeholders", stakeholder_letters.desk.finish)
before_the_end("send letters to subscribers", subscriber_letters.desk.finish)


@sweep("escalate incidents", every=1, order=30)
def escalate(now: datetime) -> int:
    return escalation.escalate_due(now)


@sweep("take back acknowledgements", every=5, order=31)
def lapse(now: datetime) -> int:
    return answers.lapse_due(now)


@sweep("resolve what has become quiet", every=5, order=32)
def resolve_quiet(now: datetime) -> int:
    return alerts.resolve_quiet(now)


@sweep("page again of what was forgotten", every=60, order=33)
def mend(now: datetime) -> int:
    return mending.mend(now)


@sweep("watch what stakeholders must be told", every=5, order=34)
def watch_deadlines(now: datetime) -> int:
    return deadlines.watch_due(now)


@sweep("send messages to stakeholders", every=1, order=75)
def send_to_stakeholders(now: datetime) -> int:
    return stakeholder_letters.send_due(now)


@sweep("take subscription requests", every=2, order=80)
def take_requests(now: datetime) -> int:
    return subscribing.take_due(now)


@sweep("write letters to subscribers", every=1, order=81)
def write_letters(now: datetime) -> int:
    return announcing.fan_out_due(now)


@sweep("send letters to subscribers", every=1, order=82)
def send_letters(now: datetime) -> int:
    return subscriber_letters.send_due(now)


@sweep("send letters to reporters", every=1, order=83)
def send_to_reporters(now: datetime) -> int:
    return report_letters.send_due(now)


@sweep("watch the clocks", every=2, order=34)
def watch_clocks(now: datetime) -> int:
    return clock_alarms.ring_due(now)


@sweep("follow the status page", every=5, order=79)
def follow_status_page(now: datetime) -> int:
    """Windows begin and end, and alerts come and go, without telling the page."""
    return status.refresh(now)


@sweep("write copies of the status page", every=2, order=95)
def copy_status_page(now: datetime) -> int:
    """What no worker has done by then."""
    return copies.copy_due(now - copies.LEFT_LYING, patience=0.1)


@sweep("put public services on the status page", every=60, order=96)
def cover_public_services(now: datetime) -> int:
    """Events do so at once; this is for what none told of."""
    covered = components.cover_public_services(actor=None)
    return covered + maintenance_phases.follow_announced(now)


@sweep("begin and end maintenance on the status page", every=2, order=78)
def advance_maintenance(now: datetime) -> int:
    return maintenance_phases.advance_due(now)


@sweep("post scheduled status updates", every=2, order=77)
def post_scheduled_updates(now: datetime) -> int:
    return drafts.publish_due(now)
