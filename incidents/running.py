"""The escalation of an incident as its room shows it: who was told and why, and who is next."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from incidents.escalation_plan import Facts, Position, Reached, decide
from incidents.models import (
    EscalationRun,
    EscalationStep,
    Incident,
    IncidentAlert,
    StepState,
)
from incidents.resolving import DatabaseResolver
from incidents.snapshots import Snapshot
from incidents.workflow.escalation import facts_of, position_among
from operations.on_call import shown_schedules
from portal import clock
from portal.models import Team

MINUTE = timedelta(minutes=1)


def running(
    incident: Incident, now: datetime, *, alerts: list[IncidentAlert] | None = None
) -> dict[str, Any] | None:
    """
    Return the newest climb with its steps, what is due next first; None if there is none.

    `alerts` are those of the incident, where all of them are known already.
    """
    newest = EscalationRun.objects.filter(incident=incident).order_by("-number").values("pk")
    rows = EscalationStep.objects.filter(run=newest[:1]).select_related("run__policy")
    steps = sorted(rows, key=lambda step: (step.loop, step.order))
    run = steps[0].run if steps else _newest_run(incident)
    if run is None:
        return None
    for step in steps:
        step.run = run
    run.incident = incident
    due = next((step for step in steps if step.state == StepState.DUE), None)
    return {
        "run": run,
        "name": run.snapshot.get("name", ""),
        "ended": run.get_end_reason_display() if run.ended_at else "",
        "due": _due(due, steps, now, _facts(incident, alerts)) if due else None,
        "steps": [_taken(step) for step in steps if step.executed_at is not None],
    }


def _newest_run(incident: Incident) -> EscalationRun | None:
    """A climb that has come to no step yet."""
    return incident.runs.select_related("policy").order_by("-number").first()


def _facts(incident: Incident, alerts: list[IncidentAlert] | None) -> Facts:
    if alerts is None:
        return facts_of(incident)
    joined = tuple(row.joined_at for row in alerts)
    return Facts(incident.severity, incident.detected_at, joined)


def _due(
    step: EscalationStep, steps: list[EscalationStep], now: datetime, facts: Facts
) -> dict[str, Any]:
    """What comes next: whom it would tell, as it looks now, past the steps it would skip."""
    run = step.run
    snapshot = Snapshot.read(run.snapshot)
    names = _("the last resort")
    if step.order <= len(snapshot.steps):
        at = max(step.due_at, now)
        place = position_among(step, steps)
        reached = _next_reached(snapshot, place, at, facts, run.incident.service.team)
        names = ", ".join(each.name for each in reached) or _("nobody as it looks now")
    clock = {
        "state": "on_time",
        "due": step.due_at,
        "label": _("Then %(names)s") % {"names": names},
    }
    return {"clock": clock, "waits": step.reason, "at": step.due_at}


def _next_reached(
    snapshot: Snapshot, position: Position | None, at: datetime, facts: Facts, team: Team
) -> tuple[Reached, ...]:
    """Whom the engine would tell at `at`: it leaves a step that tells nobody at once."""
    resolver = DatabaseResolver(knows=[team], among=shown_schedules(clock.now()))
    while position is not None:
        made = decide(snapshot, position, at, facts, resolver)
        if made.reached:
            return made.reached
        position, at = made.next_position, made.next_due_at or at
    return ()


def _taken(step: EscalationStep) -> dict[str, Any]:
    late = step.late_by // MINUTE if step.late_by else 0
    return {
        "at": step.executed_at,
        "names": ", ".join(each["name"] for each in step.reached),
        "reason": step.reason,
        "is_skipped": step.state == StepState.SKIPPED,
        "late": _("%(n)d min late") % {"n": late} if late else "",
    }
