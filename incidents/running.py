"""The escalation of an incident as its room shows it: who was told and why, and who is next."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from incidents.escalation_plan import Facts, Position, Reached, decide
from incidents.models import EscalationRun, EscalationStep, Incident, StepState
from incidents.resolving import DatabaseResolver
from incidents.snapshots import Snapshot
from incidents.workflow.escalation import facts_of, position_of

MINUTE = timedelta(minutes=1)


def running(incident: Incident, now: datetime) -> dict[str, Any] | None:
    """Return the newest climb with its steps, what is due next first; None if there is none."""
    runs = incident.runs.select_related("policy").prefetch_related("steps")
    run = runs.order_by("-number").first()
    if run is None:
        return None
    steps = sorted(run.steps.all(), key=lambda step: (step.loop, step.order))
    due = next((step for step in steps if step.state == StepState.DUE), None)
    return {
        "run": run,
        "name": run.snapshot.get("name", ""),
        "ended": run.get_end_reason_display() if run.ended_at else "",
        "due": _due(run, due, now) if due else None,
        "steps": [_taken(step) for step in steps if step.executed_at is not None],
    }


def _due(run: EscalationRun, step: EscalationStep, now: datetime) -> dict[str, Any]:
    """What comes next: whom it would tell, as it looks now, past the steps it would skip."""
    snapshot = Snapshot.read(run.snapshot)
    names = _("the last resort")
    if step.order <= len(snapshot.steps):
        at = max(step.due_at, now)
        reached = _next_reached(snapshot, position_of(step), at, facts_of(run.incident))
        names = ", ".join(each.name for each in reached) or _("nobody as it looks now")
    clock = {
        "state": "on_time",
        "due": step.due_at,
        "label": _("Then %(names)s") % {"names": names},
    }
    return {"clock": clock, "waits": step.reason, "at": step.due_at}


def _next_reached(
    snapshot: Snapshot, position: Position | None, at: datetime, facts: Facts
) -> tuple[Reached, ...]:
    """Whom the engine would tell at `at`: it leaves a step that tells nobody at once."""
    resolver = DatabaseResolver()
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
