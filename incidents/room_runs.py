"""Runbooks in a room: what is under way with its steps and times, and what may help."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from incidents.models import Incident
from knowledge.models import RunbookRun, RunbookRunState, RunStep, StepState
from knowledge.showing import show_step
from knowledge.suggestions import suggested_for
from portal.models import User

MOST = 10


def runs_of(user: User, incident: Incident) -> list[dict[str, Any]]:
    """The runs for this incident, those under way first, each step with how long it took."""
    found = RunbookRun.objects.visible_to(user).filter(reference=incident.reference)
    runs = list(
        found.select_related("revision__document", "started_by").prefetch_related(
            "steps__answered_by"
        )[:MOST]
    )
    rows = [_row(run, user) for run in runs]
    return sorted(rows, key=lambda row: not row["is_running"])


def suggested(
    user: User, incident: Incident, alerts: list[Any], runs: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Runbooks that may help, each with the reason; not those under way."""
    name = alerts[-1]["alert"].name if alerts else ""
    running = {row["run"].revision.document_id for row in runs if row["is_running"]}
    found = suggested_for(user, name, incident.service, incident.title)
    return [each._asdict() for each in found if each.document.pk not in running]


def _row(run: RunbookRun, user: User) -> dict[str, Any]:
    steps = list(run.steps.all())
    is_running = run.state == RunbookRunState.RUNNING
    current = next((step for step in steps if step.state == StepState.PENDING), None)
    took = _times(run.started_at, steps)
    return {
        "run": run,
        "is_running": is_running,
        "done": sum(step.state != StepState.PENDING for step in steps),
        "steps": [
            {
                "step": step,
                "took": took.get(step.pk, ""),
                "is_current": is_running and step is current,
                "html": show_step(step, run, user) if is_running and step is current else "",
            }
            for step in steps
        ],
    }


def _times(start: datetime, steps: list[RunStep]) -> dict[int, str]:
    """From one answer to the next, in the order in which they were given."""
    answered = sorted(
        (step.answered_at, step.pk) for step in steps if step.answered_at is not None
    )
    took = {}
    for (before, _pk), (at, pk) in pairwise([(start, 0), *answered]):
        seconds = max(int((at - before).total_seconds()), 0)
        took[pk] = (
            _("%(n)d s") % {"n": seconds}
            if seconds < 120
            else _("%(n)d min") % {"n": seconds // 60}
        )
    return took
