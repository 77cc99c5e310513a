"""
The life of an incident: declared, judged anew, resolved, closed, and back.

Each verb locks the incident, asks the rules (`guards.py`), saves by name and records one
event. People's time is answered by clocks, which every change of severity works out anew.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import ClockReason, EndReason, Incident, IncidentState, Role, Source
from incidents.policies import policy_of
from incidents.workflow import clocks, escalation, reviews
from incidents.workflow.guards import ensure
from incidents.workflow.roles import hold
from incidents.workflow.saving import (
    FALLS,
    LAPSES,
    forget_acknowledgement,
    forget_lapses,
    locked_incident,
    save,
)
from operations.models import Alert, Severity
from portal import clock, events
from portal.errors import refuse
from portal.models import Service, User


@transaction.atomic
def declare(
    *,
    service: Service,
    title: str,
    severity: int,
    source: str = Source.TEAM,
    impact: str = "",
    detected_at: datetime | None = None,
    impact_started_at: datetime | None = None,
    is_demo: bool = False,
    is_private: bool = False,
    actor: User | None,
) -> Incident:
    """
    Open an incident; a severity that wakes people begins to page in the same breath.

    Who declares it is its reporter, and so sees it also where it is private.
    """
    now = clock.now()
    detected_at = min(detected_at or now, now)
    if impact_started_at is not None:
        impact_started_at = min(impact_started_at, detected_at)
    incident = Incident(
        service=service,
        title=" ".join(title.split())[:200],
        severity=Severity(severity),
        source=Source(source),
        impact=impact,
        detected_at=detected_at,
        impact_started_at=impact_started_at,
        is_demo=is_demo or service.is_demo,
        is_private=is_private,
    )
    incident.changed_by = actor
    incident.save()
    clocks.follow(incident, actor=actor)
    if actor is not None:
        hold(incident, Role.REPORTER, actor, actor=actor)
    events.record(
        "incident.opened",
        incident,
        actor=actor,
        happened_at=detected_at,
        severity=int(severity),
        source=str(incident.source),
    )
    escalation.start(incident, now=now)
    return incident


@transaction.atomic
def change_severity(
    incident: Incident, *, severity: int, actor: User | None, because: str = ""
) -> Incident:
    """
    Judge anew how bad it is; the clocks keep what has elapsed and get the new targets.

    A graver severity that wakes people pages again, and an acknowledgement falls: who
    answered a smaller incident has not answered this one.
    """
    locked = locked_incident(incident)
    ensure(locked, "change_severity")
    before, after = Severity(locked.severity), Severity(severity)
    if before == after:
        sentence = _("This incident already is %(severity)s.") % {"severity": after.label}
        raise refuse("same_severity", sentence)
    locked.severity = after
    told = {"before": int(before), "after": int(after), "because": because}
    save(locked, actor, ["severity"], "incident.severity_changed", **told)
    if not locked.is_unresolved:
        reviews.owe(locked, now=clock.now())
    clocks.follow(locked, actor=actor, reason=ClockReason.SEVERITY, note=because)
    if not locked.is_unresolved:
        return locked
    if after < before:
        page_again(locked, because=_worse(before, after, because))
    elif not policy_of(after).pages_on_call:
        escalation.stop(locked, why=EndReason.LOWERED)
    return locked


def page_again(locked: Incident, *, because: str) -> None:
    """Start the escalation once more, for a reason that is news to who answered."""
    if not policy_of(locked.severity).pages_on_call:
        return
    if locked.is_answered:
        locked.state = IncidentState.TRIGGERED
        forget_acknowledgement(locked)
        save(locked, None, ["state", *FALLS], "incident.paged_again", because=because)
    escalation.start(locked, now=clock.now(), because=because)


@transaction.atomic
def resolve(incident: Incident, *, actor: User | None, summary: str) -> Incident:
    """
    End it; `summary` says, for later readers, what ended it.

    Paging stops. P0 and P1 then owe a review, whose draft is made here.
    """
    locked = locked_incident(incident)
    ensure(locked, "resolve")
    locked.state = IncidentState.RESOLVED
    locked.resolved_at = clock.now()
    locked.resolution = summary
    forget_lapses(locked)
    firing = Alert.objects.firing().filter(pk__in=locked.alerts.values("alert")).count()
    fields = ["state", "resolved_at", "resolution", *LAPSES]
    save(locked, actor, fields, "incident.resolved", summary=summary, still_firing=firing)
    escalation.stop(locked, why=EndReason.RESOLVED)
    reviews.owe(locked, now=locked.resolved_at)
    clocks.follow(locked, actor=actor)
    return locked


@transaction.atomic
def reopen(incident: Incident, *, reason: str, actor: User | None) -> Incident:
    """Take it up again; its clocks go on, without the time between, and its review waits."""
    locked = locked_incident(incident)
    ensure(locked, "reopen")
    locked.state = IncidentState.TRIGGERED
    locked.resolved_at = locked.closed_at = locked.mitigated_at = None
    locked.resolution = ""
    fields = ["state", "mitigated_at", "resolved_at", "closed_at", "resolution"]
    save(locked, actor, fields, "incident.reopened", reason=reason)
    reviews.set_aside(locked, actor=actor)
    clocks.follow(locked, actor=actor, reason=ClockReason.REOPENED, note=reason)
    because = _("It was reopened: %(reason)s") % {"reason": reason}
    escalation.start(locked, now=clock.now(), because=because)
    return locked


@transaction.atomic
def close(incident: Incident, *, actor: User | None) -> Incident:
    """Say that nothing is left to do; P0 and P1 only with their published review."""
    locked = locked_incident(incident)
    ensure(locked, "close")
    locked.state = IncidentState.CLOSED
    locked.closed_at = clock.now()
    save(locked, actor, ["state", "closed_at"], "incident.closed")
    clocks.follow(locked, actor=actor)
    return locked


def _worse(before: Severity, after: Severity, because: str) -> str:
    sentence = _("It became worse: from %(before)s to %(after)s.")
    return f"{sentence % {'before': before.name, 'after': after.name}} {because}".strip()
