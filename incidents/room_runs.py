"""Runbooks in a room: what is under way with its steps and times, and what may help."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.models import Incident
from knowledge.alert_runbooks import answer_for
from knowledge.known_values import filled_for
from knowledge.models import RunbookRun, RunbookRunState
from knowledge.run_times import took
from knowledge.showing import show_step
from knowledge.suggestions import Suggestion, suggested_for
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
    alert = alerts[-1]["alert"] if alerts else None
    running = {row["run"].revision.document_id for row in runs if row["is_running"]}
    found = suggested_for(user, alert.name if alert else "", incident.service, incident.title)
    answer = answer_for(alert, user) if alert else None
    if answer:
        others = [each for each in found if each.document.pk != answer.document.pk]
        found = [Suggestion(answer.document, answer.because), *others]
    return [each._asdict() for each in found if each.document.pk not in running]


def _row(run: RunbookRun, user: User) -> dict[str, Any]:
    steps = list(run.steps.all())
    is_running = run.state == RunbookRunState.RUNNING
    current = next((step for step in steps if step.is_open), None) if is_running else None
    times = took(run.started_at, steps)
    values = filled_for(run, user) if current else []
    return {
        "run": run,
        "is_running": is_running,
        "done": sum(not step.is_open for step in steps),
        "steps": [
            {
                "step": step,
                "took": _words(int(times[step.order].total_seconds()))
                if step.order in times
                else "",
                "is_current": step is current,
                "html": show_step(step, run, user, values) if step is current else "",
            }
            for step in steps
        ],
    }


def _words(seconds: int) -> str:
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    return _("%(n)d min") % {"n": seconds // 60}
