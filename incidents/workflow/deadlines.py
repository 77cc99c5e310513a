"""
By when stakeholders must have been told: worked out from detection, watched, and escalated.

A deadline is a row. Shortly before it is due whoever answers for the words is reminded; when
it is missed that is an event and goes to them at once, and some minutes later to the managers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.audience import audience, rule_for
from incidents.models import (
    OPEN_DEADLINE,
    CommunicationDeadline,
    CommunicationRule,
    DeadlineState,
    Incident,
    StakeholderMessage,
)
from incidents.workflow.saving import locked_incident
from operations.models import Severity
from operations.on_call import who_is_on_call
from portal import clock, events
from portal.access import managers_of
from portal.models import Urgency, User
from portal.notify import notify
from portal.sweeping import each

AT_RISK = 0.8  # of the time
MANAGERS_AFTER = timedelta(minutes=5)
REMINDED, MISSED, ESCALATED = 1, 2, 3
AT_ONCE = 50


@transaction.atomic
def work_out(incident: Incident) -> CommunicationDeadline | None:
    """
    Set the deadline that severity and rule ask for now; a repeated call changes nothing.

    The start stays the detection when the severity changes, so one may be missed at once.
    What was told already counts if it went by every way that is asked for. Where nobody is to
    be told there is no deadline; the page says so.
    """
    locked = locked_incident(incident)
    rule = rule_for(locked)
    now = clock.now()
    open_one = CommunicationDeadline.objects.filter(OPEN_DEADLINE, incident=locked).first()
    is_asked = locked.is_unresolved and rule.within_minutes is not None
    if not is_asked or not audience(locked, rule.media).reached:
        if open_one is not None:
            _end(open_one, DeadlineState.NOT_NEEDED)
        return None
    assert rule.within_minutes is not None
    due_at = locked.detected_at + timedelta(minutes=rule.within_minutes)
    if open_one is not None and _asks_the_same(open_one, locked, rule, due_at):
        return open_one
    if open_one is not None:
        _end(open_one, DeadlineState.REPLACED)
    if _was_told(locked, rule):
        return None
    return CommunicationDeadline.objects.create(
        incident=locked,
        severity=locked.severity,
        by_email=rule.by_email,
        by_sms=rule.by_sms,
        due_at=due_at,
        next_at=locked.detected_at + AT_RISK * timedelta(minutes=rule.within_minutes),
        created_at=now,
    )


def note_told(locked: Incident, message: StakeholderMessage) -> None:
    """A message that reaches anybody answers the open deadline."""
    found = CommunicationDeadline.objects.select_for_update()
    deadline = found.filter(OPEN_DEADLINE, incident=locked).first()
    if deadline is None:
        return
    in_time = message.sent_at <= deadline.due_at
    deadline.told_at, deadline.message = message.sent_at, message
    if not in_time:
        deadline.breached_at = deadline.breached_at or deadline.due_at
    _end(deadline, DeadlineState.MET if in_time else DeadlineState.LATE)


def watch_due(now: datetime) -> int:
    """Remind, record what was missed, escalate; return how many deadlines were looked at."""
    due = CommunicationDeadline.objects.filter(next_at__lte=now).order_by("next_at")
    return each(list(due.values_list("pk", flat=True)[:AT_ONCE]), watch, what="deadline")


@transaction.atomic
def watch(pk: int) -> int:
    """Take the steps that are due of one deadline."""
    found = CommunicationDeadline.objects.select_for_update(of=("self",), skip_locked=True)
    deadline = found.select_related("incident__service__team", "incident__commander").filter(
        OPEN_DEADLINE, pk=pk
    )
    row = deadline.first()
    now = clock.now()
    if row is None or row.next_at is None or row.next_at > now:
        return 0
    if not row.incident.is_unresolved:
        _end(row, DeadlineState.NOT_NEEDED)
    elif now < row.due_at:
        _remind(row)
    elif row.stage < MISSED:
        _miss(row, now)
    else:
        _escalate(row)
    return 1


def _remind(row: CommunicationDeadline) -> None:
    row.stage, row.next_at = REMINDED, row.due_at
    row.save(update_fields=["stage", "next_at"])
    minutes = max(1, (row.due_at - clock.now()) // timedelta(minutes=1))
    text = _("Stakeholders must be told within %(n)d min.") % {"n": minutes}
    _tell(row, _who_writes(row.incident), text, urgency=Urgency.HIGH)


def _miss(row: CommunicationDeadline, now: datetime) -> None:
    row.state, row.breached_at = DeadlineState.BREACHED, row.due_at
    row.stage, row.next_at = MISSED, now + MANAGERS_AFTER
    row.save(update_fields=["state", "breached_at", "stage", "next_at"])
    events.record(
        "incident.communication_missed",
        row.incident,
        actor=None,
        happened_at=row.due_at,
        severity=row.severity,
        due_at=row.due_at.isoformat(),
    )
    text = _("Stakeholders should have been told by now, and nobody was.")
    _tell(row, _who_writes(row.incident), text, urgency=Urgency.HIGH)


def _escalate(row: CommunicationDeadline) -> None:
    row.stage, row.next_at = ESCALATED, None
    row.save(update_fields=["stage", "next_at"])
    people = list(managers_of(row.incident.service.team).distinct())
    events.record(
        "incident.communication_escalated",
        row.incident,
        actor=None,
        people=[person.name for person in people],
    )
    text = _("Stakeholders were not told in time, and still nobody has told them.")
    _tell(row, people, text, urgency=Urgency.HIGH)


def _tell(
    row: CommunicationDeadline, people: Iterable[User], text: str, *, urgency: Urgency
) -> None:
    incident = row.incident
    for person in people:
        notify(
            person,
            key=f"deadline:{row.pk}:{row.stage}",
            urgency=urgency,
            kind="reminder",
            subject=_("Tell the stakeholders: %(severity)s %(service)s")
            % {"severity": Severity(row.severity).name, "service": incident.service},
            body=f"{text} {incident.number}.",
            url=f"{incident.get_absolute_url()}tell/",
            topic=incident.reference,
            priority=row.severity,
        )


def _who_writes(incident: Incident) -> list[User]:
    """The communications lead, else the commander, else whoever is on call, else managers."""
    for people in (
        _lead_of(incident),
        [incident.commander] if incident.commander else [],
        list(who_is_on_call(incident.service.team, clock.now()).people),
    ):
        if people:
            return people
    return list(managers_of(incident.service.team).distinct())


def _lead_of(incident: Incident) -> list[User]:
    roles = getattr(incident, "roles", None)
    if roles is None:
        return []
    held = roles.filter(role="communications", ended_at=None).select_related("person")
    return [row.person for row in held]


def _asks_the_same(
    row: CommunicationDeadline, incident: Incident, rule: CommunicationRule, due_at: datetime
) -> bool:
    asked = (row.severity, row.by_email, row.by_sms, row.due_at)
    return asked == (incident.severity, rule.by_email, rule.by_sms, due_at)


def _was_told(incident: Incident, rule: CommunicationRule) -> bool:
    """Whether a message has gone out already that does all that is asked for now."""
    told = incident.messages.filter(deliveries__isnull=False)
    if rule.by_email:
        told = told.filter(by_email=True)
    if rule.by_sms:
        told = told.filter(by_sms=True)
    return bool(told.filter(severity__lte=incident.severity).exists())


def _end(row: CommunicationDeadline, state: DeadlineState) -> None:
    row.state, row.next_at = state, None
    row.save(update_fields=["state", "next_at", "told_at", "message", "breached_at"])
