"""What the page of a run shows: its steps as they stand, what is open, and what has been."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from knowledge.known_values import filled_for
from knowledge.models import Repair, RunbookRun, RunbookRunState, RunStep, StepState
from knowledge.run_forms import AnswerForm, HandOverForm, PauseForm, ValuesForm
from knowledge.run_live import address_for
from knowledge.run_times import took
from knowledge.runs import newer_revision
from knowledge.showing import show_step
from knowledge.step_diff import step_changes
from knowledge.structure import PART_LABELS
from knowledge.variables import Filled
from knowledge.workflow.run_guards import why_not_finish
from portal import events
from portal.models import Event, User

Forms = Mapping[int, AnswerForm]
TONES = {"done": "good", "failed": "bad", "running": "busy", "succeeded": "good"}


def run_context(user: User, run: RunbookRun, forms: Forms | None = None) -> dict[str, Any]:
    """`forms` are answers that cannot be taken yet, by the number of their step."""
    steps = list(run.steps.select_related("answered_by"))
    is_running = run.state == RunbookRunState.RUNNING
    values = filled_for(run, user)
    current = next((step for step in steps if step.is_open), None) if is_running else None
    return {
        "run": run,
        "document": run.revision.document,
        "news_url": address_for(user, run) if is_running else "",
        "steps": _rows(user, run, steps, current, values, forms or {}),
        "parts": _parts(steps),
        "may_answer": is_running and user.may_work and not run.paused_at,
        "may_change": is_running and user.may_work,
        "may_report": user.may_work,
        "done_count": sum(not step.is_open for step in steps),
        "values": values,
        **_newer(run, is_running=is_running),
        **(_open_to(run, steps, values) if is_running and user.may_work else {}),
        "log": [_line(event) for event in events.about(run).order_by("-pk")],
    }


def _rows(
    user: User,
    run: RunbookRun,
    steps: list[RunStep],
    current: RunStep | None,
    values: list[Filled],
    forms: Forms,
) -> list[dict[str, Any]]:
    times = took(run.started_at, steps)
    reported = _reported(run)
    return [
        {
            "step": step,
            "html": show_step(step, run, user, values),
            "form": forms.get(step.order) or AnswerForm(auto_id=f"id_{step.order}_%s"),
            "is_current": step is current,
            "is_later": step is not current,
            "reported": reported.get(step.anchor),
            "took": int(times[step.order].total_seconds()) if step.order in times else None,
        }
        for step in steps
    ]


def _reported(run: RunbookRun) -> dict[str, Repair]:
    """What people say is wrong with a step and nobody has dealt with, by its anchor."""
    open_ones = Repair.objects.open().filter(document=run.revision.document_id)
    said = open_ones.filter(reported_by__isnull=False).exclude(anchor="")
    return {each.anchor: each for each in said.select_related("reported_by").order_by("-pk")}


def _parts(steps: list[RunStep]) -> list[dict[str, Any]]:
    """The parts that the steps belong to, each with its first step and what is done."""
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        if step.part not in PART_LABELS:
            continue
        first = {"label": PART_LABELS[step.part], "order": step.order, "done": 0, "all": 0}
        row = found.setdefault(step.part, first)
        row["all"] += 1
        row["done"] += not step.is_open
    return list(found.values())


def _newer(run: RunbookRun, *, is_running: bool) -> dict[str, Any]:
    newer = newer_revision(run) if is_running else None
    if newer is None:
        return {"newer": None}
    address = reverse("knowledge:document-diff", args=[run.revision.document.slug])
    return {
        "newer": newer,
        "diff_url": f"{address}?from={run.revision.number}&to={newer.number}",
        "step_changes": step_changes(run.revision.body, newer.body),
    }


def _open_to(run: RunbookRun, steps: list[RunStep], values: list[Filled]) -> dict[str, Any]:
    """The forms of whoever may work on it."""
    return {
        "why_not_succeed": why_not_finish(run, RunbookRunState.SUCCEEDED, steps),
        "why_not_fail": why_not_finish(run, RunbookRunState.FAILED, steps),
        "pause_form": PauseForm(auto_id="pause_%s"),
        "hand_over_form": HandOverForm(auto_id="hand_over_%s"),
        "values_form": ValuesForm(values) if values else None,
        "is_unfilled": any(value.problem for value in values),
    }


def _line(event: Event) -> dict[str, Any]:
    """One event of a run as `components/timeline.html` wants it."""
    data = event.data
    state = data.get("state")
    tone = TONES.get(str(state), "neutral")
    said = {
        "step": data.get("step"),
        "state": _label_of(event.kind, state),
        "to": data.get("to"),
    }
    words = {
        "run.started": (_("started this run"), "play", "info"),
        "run.step_begun": (_("began step %(step)s"), "play", "busy"),
        "run.step_taken_back": (_("took back the answer to step %(step)s"), "undo", "busy"),
        "run.step_called_wrong": (_("said that step %(step)s is wrong"), "flag", "bad"),
        "run.variables_set": (_("changed what the commands are filled with"), "pencil", "info"),
        "run.paused": (_("paused the run"), "clock", "busy"),
        "run.resumed": (_("went on with the run"), "play", "info"),
        "run.handed_over": (_("handed the run over to %(to)s"), "person", "info"),
        "run.finished": (
            _("ended the run: %(state)s"),
            "flag",
            TONES.get(str(state), "neutral"),
        ),
    }
    text, icon, tone = words.get(
        event.kind,
        (_("answered step %(step)s: %(state)s"), "check", TONES.get(str(state), "neutral")),
    )
    text %= said
    note = data.get("note")
    return {
        "at": event.happened_at,
        "actor": event.actor_label or _("The system"),
        "icon": icon,
        "tone": tone,
        "text": f"{text}. {note}" if note else text,
    }


def _label_of(kind: str, state: Any) -> str:
    choices = RunbookRunState if kind == "run.finished" else StepState
    return str(choices(state).label).lower() if state in choices.values else ""
