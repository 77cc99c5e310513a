"""
Answering: somebody is on it, for how long that holds, and to whom it passes.

An acknowledgement stops the paging, so it is given only by those who may (`access.py`); what
others say is kept as a note and stops nothing. It lapses without a sign of life, or when a
snooze ends, and then the paging starts again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from incidents.models import ANSWERED, EndReason, Incident, IncidentState, Role, TimelineNote
from incidents.policies import policy_of
from incidents.workflow import clocks, escalation
from incidents.workflow.entries import add_automatic
from incidents.workflow.guards import ensure
from incidents.workflow.roles import hold
from incidents.workflow.saving import (
    FALLS,
    LAPSES,
    forget_acknowledgement,
    locked_incident,
    save,
)
from knowledge.models import RunbookRun
from operations.models import Alert, AlertState, Schedule
from operations.workflow.alerts import acknowledge_alerts
from portal import clock, events
from portal.errors import refuse
from portal.models import User
from portal.sweeping import each

LONGEST = timedelta(days=7)  # an acknowledgement, however busy; and a snooze
ANSWERS = ["incident.acknowledged", "incident.acknowledgement_transferred"]


@transaction.atomic
def acknowledge(incident: Incident, *, actor: User) -> Incident:
    """
    Say that somebody is on it: paging stops, the response clock stops.

    Who acknowledges first where nobody commands takes command. The first answer counts for
    the response clock, also when another alert has paged again since.
    """
    locked = locked_incident(incident)
    ensure(locked, "acknowledge")
    return take_on(locked, actor=actor)


@transaction.atomic
def note_acknowledgement(incident: Incident, *, actor: User) -> TimelineNote:
    """Keep that somebody says they are on it who may not stop the paging; it goes on."""
    locked = locked_incident(incident)
    ensure(locked, "acknowledge")
    said = locked.notes.filter(author=actor, is_acknowledgement=True)
    if said.filter(recorded_at__gte=_last_climb(locked)).exists():
        raise refuse(
            "already_noted",
            _("You have said so already, and paging goes on."),
            _("Only who was paged, the owner team and whoever is on call stop it."),
        )
    note = add_automatic(
        locked,
        text=_("Says that they are on it. They may not stop the paging, so it goes on."),
        actor=actor,
        is_acknowledgement=True,
    )
    events.record("incident.acknowledgement_noted", locked, actor=actor, note=note.pk)
    return note


@transaction.atomic
def unacknowledge(incident: Incident, *, actor: User) -> Incident:
    """Give it back: nobody is on it, the response clock runs again and paging restarts."""
    locked = locked_incident(incident)
    ensure(locked, "unacknowledge")
    locked.state = IncidentState.TRIGGERED
    locked.acknowledged_at = locked.acknowledged_by = None
    forget_acknowledgement(locked)
    fields = ["state", "acknowledged_at", "acknowledged_by", *FALLS]
    save(locked, actor, fields, "incident.unacknowledged")
    clocks.follow(locked, actor=actor)
    because = _("%(person)s gave it back.") % {"person": actor.name}
    escalation.start(locked, now=clock.now(), because=because)
    return locked


@transaction.atomic
def snooze(incident: Incident, *, until: datetime, actor: User) -> Incident:
    """Acknowledge it, and have the paging start again at `until`, within seven days."""
    locked = locked_incident(incident)
    ensure(locked, "snooze")
    now = clock.now()
    if until <= now:
        raise refuse("is_over", _("This time is over already."), _("Choose a later one."))
    if until > now + LONGEST:
        raise refuse("too_long", _("Nothing is put off for more than seven days."))
    if locked.state == IncidentState.TRIGGERED:
        take_on(locked, actor=actor)
    locked.snoozed_until, locked.ack_expires_at = until, None
    save(locked, actor, LAPSES, "incident.snoozed", until=until.isoformat())
    return locked


def lapse_due(now: datetime, *, limit: int = 100) -> int:
    """Take back acknowledgements whose time is over; return how many were looked at."""
    over = Q(ack_expires_at__lte=now) | Q(snoozed_until__lte=now)
    due = Incident.objects.filter(over).order_by("pk").values_list("pk", flat=True)
    return each(list(due[:limit]), lambda pk: lapse(pk, now=now), what="Incident")


@transaction.atomic
def lapse(incident_id: int, *, now: datetime) -> bool:
    """
    Start paging again if this acknowledgement or snooze is over; else put it off.

    Any activity of a person on the incident puts it off, for seven days at most. So does a
    silence over all that fires: what wakes nobody lapses only when it is let go.
    """
    locked = (
        Incident.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service__team", "acknowledged_by")
        .filter(pk=incident_id)
        .first()
    )
    if locked is None or locked.state != IncidentState.ACKNOWLEDGED:
        return False
    if locked.snoozed_until is not None and locked.snoozed_until <= now:
        _page_again_after(locked, _("The snooze is over."), "incident.snooze_ended", now)
        return True
    if locked.ack_expires_at is None or locked.ack_expires_at > now:
        return False
    put_off = lapses_at(locked, now) if _is_held(locked) else _expires_at(locked, now)
    if put_off is not None and put_off > now:
        Incident.objects.filter(pk=locked.pk).update(ack_expires_at=put_off)
        return True
    because = _("%(person)s acknowledged it and has shown no sign of life since.")
    _page_again_after(
        locked,
        because % {"person": locked.acknowledged_by},
        "incident.acknowledgement_lapsed",
        now,
    )
    return True


@transaction.atomic
def transfer_acknowledgements(schedule: Schedule, *, leaver: User, taker: User) -> int:
    """
    At the end of a shift, pass on what the leaver holds for the schedule's team.

    Returns how many incidents passed; a second call finds none.
    """
    held = Incident.objects.filter(
        state__in=ANSWERED,
        acknowledged_by=leaver,
        service__team=schedule.team_id,
    )
    count = 0
    for incident in held.order_by("pk"):
        count += _transfer(locked_incident(incident), leaver, taker)
    return count


def _transfer(locked: Incident, leaver: User, taker: User) -> bool:
    if not locked.is_answered or locked.acknowledged_by != leaver:
        return False
    locked.acknowledged_by = taker
    if locked.commander == leaver:
        hold(locked, Role.COMMANDER, taker, actor=taker)
    if locked.ack_expires_at is not None:
        locked.ack_expires_at = lapses_at(locked, clock.now())
    fields = ["acknowledged_by", "commander", "ack_expires_at"]
    told = {"from_id": leaver.pk, "leaver": leaver.name, "taker": taker.name}
    save(locked, taker, fields, "incident.acknowledgement_transferred", **told)
    return True


def take_on(locked: Incident, *, actor: User) -> Incident:
    """Acknowledge an incident that is held and that the rules let be acknowledged."""
    now = clock.now()
    locked.state = IncidentState.ACKNOWLEDGED
    locked.acknowledged_at = locked.acknowledged_at or now
    locked.acknowledged_by = actor
    if locked.commander is None:
        hold(locked, Role.COMMANDER, actor, actor=actor)
    locked.ack_expires_at = lapses_at(locked, now)
    fields = ["state", "acknowledged_at", "acknowledged_by", "commander", "ack_expires_at"]
    save(locked, actor, fields, "incident.acknowledged")
    clocks.follow(locked, actor=actor)
    escalation.stop(locked, why=EndReason.ANSWERED)
    waiting = Alert.objects.filter(
        pk__in=locked.alerts.values("alert"),
        state__in=[AlertState.UNACKED, AlertState.RETURNED],
    )
    acknowledge_alerts(waiting, actor=actor)
    return locked


def lapses_at(incident: Incident, now: datetime) -> datetime | None:
    minutes = policy_of(incident.severity).ack_minutes
    return None if minutes is None else now + timedelta(minutes=minutes)


def _is_held(incident: Incident) -> bool:
    firing = incident.alerts.filter(cleared_at=None)
    return firing.exists() and not firing.filter(alert__is_held=False).exists()


def _expires_at(locked: Incident, now: datetime) -> datetime | None:
    """When the acknowledgement lapses, given the last sign of life of a person."""
    minutes = policy_of(locked.severity).ack_minutes
    if minutes is None:
        return now + LONGEST
    by_people = events.about(locked, *_runs_of(locked)).filter(actor__isnull=False)
    newest = by_people.order_by("-recorded_at").first()
    answered = by_people.filter(kind__in=ANSWERS).order_by("-recorded_at").first()
    if newest is None or answered is None:
        return None
    put_off = newest.recorded_at + timedelta(minutes=minutes)
    return min(put_off, answered.recorded_at + LONGEST)


def _runs_of(incident: Incident) -> list[RunbookRun]:
    return list(RunbookRun.objects.filter(reference=incident.reference)[:10])


def _page_again_after(locked: Incident, because: str, kind: str, now: datetime) -> None:
    locked.state = IncidentState.TRIGGERED
    forget_acknowledgement(locked)
    told: dict[str, Any] = {"because": because}
    save(locked, None, ["state", *FALLS], kind, **told)
    escalation.start(locked, now=now, because=because)


def _last_climb(incident: Incident) -> datetime:
    run = incident.runs.order_by("-number").first()
    return run.started_at if run else incident.detected_at
