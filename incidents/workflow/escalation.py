"""
Waking people: steps with a due time, taken one by one until somebody answers.

A step is a row, so it cannot be lost: the pager process looks for due ones every second with
nothing but the database. Step and pages are written in one transaction, so a process that
dies in between leaves the step due and no page sent; and a page has a key of its own, so none
is sent twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import links
from incidents.models import EscalationStep, Incident
from incidents.policies import policy_of
from operations.models import Severity
from operations.on_call import who_is_on_call
from portal import clock, events
from portal.access import managers_of
from portal.hints import later
from portal.models import Access, Urgency, User
from portal.notify import cancel, notify

DUE = EscalationStep.State.DUE
SUBJECT_LENGTH = 110  # what a lock screen shows


class Reached(NamedTuple):
    """Whom a step is for, and why them."""

    people: list[User]
    reason: str


def start(incident: Incident, *, now: datetime, because: str = "") -> None:
    """Begin at the first step, if the severity wakes people; what was owed before is over."""
    stop(incident)
    policy = policy_of(incident.severity)
    if not policy.pages_on_call:
        return
    last = EscalationStep.objects.filter(incident=incident).order_by("-round").first()
    escalate_after = timedelta(minutes=policy.escalate_minutes)
    plan = [
        (EscalationStep.Target.ON_CALL, now),
        (EscalationStep.Target.MANAGERS, now + escalate_after),
    ]
    EscalationStep.objects.bulk_create(
        EscalationStep(
            incident=incident,
            round=last.round + 1 if last else 1,
            order=order,
            target=target,
            because=because[:200],
            due_at=due_at,
        )
        for order, (target, due_at) in enumerate(plan, start=1)
    )
    later("incidents.escalate", incident.pk)


def stop(incident: Incident) -> None:
    """Nobody need be woken any more: neither by steps to come nor by pages not yet sent."""
    incident.escalation.filter(state=DUE).update(state=EscalationStep.State.CANCELLED)
    cancel(incident.reference, kind="page")


def is_going_on(incident: Incident) -> bool:
    """Whether a step is still to come."""
    return incident.escalation.filter(state=DUE).exists()


def escalate_due(now: datetime, *, limit: int = 100) -> int:
    """Take the due steps of all incidents, the oldest first; return how many were taken."""
    due = EscalationStep.objects.filter(state=DUE, due_at__lte=now).order_by("due_at", "pk")
    incidents = dict.fromkeys(due.values_list("incident_id", flat=True)[:limit])
    return sum(escalate(incident, now=now) for incident in incidents)


def escalate(incident_id: int, *, now: datetime) -> int:
    """Take this incident's due steps, one transaction each; return how many were taken."""
    taken = 0
    while _take_next(incident_id, now):
        taken += 1
    return taken


@transaction.atomic
def _take_next(incident_id: int, now: datetime) -> bool:
    # The incident first, as the verbs do: who acknowledges and who pages wait for each other.
    # An incident that is in somebody's hands is looked at again a second later.
    incident = (
        Incident.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service__team")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        return False
    step = (
        incident.escalation.select_for_update(skip_locked=True)
        .filter(state=DUE, due_at__lte=now)
        .order_by("round", "order")
        .first()
    )
    if step is None:
        return False
    reached = _whom(step, incident, now)
    for person in reached.people:
        _page(step, incident, person, reached.reason)
    _finish(step, reached, now)
    if not reached.people:
        _next_at_once(step, now)
    events.record(
        "incident.paged" if reached.people else "incident.paged_nobody",
        incident,
        actor=None,
        step=step.order,
        target=step.target,
        people=[person.name for person in reached.people],
        reason=reached.reason,
    )
    return True


def _whom(step: EscalationStep, incident: Incident, now: datetime) -> Reached:
    team = incident.service.team
    if step.target == EscalationStep.Target.ON_CALL:
        on_call = who_is_on_call(team, now)
        person = on_call.person
        awake = [person] if person is not None and person.is_active else []
        return Reached(awake, on_call.reason)
    if managers := list(managers_of(team).distinct()):
        return Reached(
            managers, _("Nobody has acknowledged; you manage %(team)s.") % {"team": team}
        )
    # The last resort: an incident that nobody is told of must not exist.
    administrators = User.objects.filter(is_active=True, access=Access.ADMINISTRATOR)
    sentence = _("Nobody has acknowledged, and %(team)s has no manager.") % {"team": team}
    return Reached(list(administrators), sentence)


def _page(step: EscalationStep, incident: Incident, person: User, reason: str) -> None:
    notify(
        person,
        key=f"escalation:{step.pk}",
        urgency=Urgency.HIGH,
        kind="page",
        subject=page_subject(incident),
        body=page_body(incident, person, [step.because, reason]),
        url=links.path_for(person, incident),
        topic=incident.reference,
        due_at=clock.now(),
    )


def page_subject(incident: Incident) -> str:
    """Return what fits a lock screen: "P0 Checkout: High error rate"."""
    severity = Severity(incident.severity).name
    return f"{severity} {incident.service.name}: {incident.title}"[:SUBJECT_LENGTH]


def page_body(incident: Incident, person: User, reasons: Iterable[str]) -> str:
    since = timezone.localtime(incident.detected_at, ZoneInfo(person.time_zone))
    lines = [
        _("%(number)s, since %(since)s.")
        % {"number": incident.number, "since": f"{since:%H:%M %Z, %d %b}"},
        incident.impact,
        *reasons,
    ]
    return "\n".join(line for line in lines if line)


def _finish(step: EscalationStep, reached: Reached, now: datetime) -> None:
    names = ", ".join(person.name for person in reached.people) or _("Nobody")
    step.state = EscalationStep.State.DONE
    step.done_at = now
    step.outcome = f"{names}: {reached.reason}"[:300]
    step.save(update_fields=["state", "done_at", "outcome"])


def _next_at_once(step: EscalationStep, now: datetime) -> None:
    """Nobody to wait for: the next step is due now."""
    following = EscalationStep.objects.filter(
        incident=step.incident_id, round=step.round, state=DUE, order__gt=step.order
    )
    first = following.order_by("order").values("pk")[:1]
    EscalationStep.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
        due_at=now
    )
