"""Working through a runbook: start, answer each step, end."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, run_for
from knowledge.filters import RunFilter
from knowledge.forms import AnswerForm, FinishForm, StartRunForm
from knowledge.models import Revision, RunbookRun, RunbookRunState, StepState
from knowledge.runs import newer_revision
from knowledge.showing import show_step
from knowledge.workflow.runs import why_not_finish
from operations.models import Alert
from portal import events
from portal.access import require_look, require_work
from portal.http import Request
from portal.listing import listing
from portal.models import Event
from portal.thread import thread


@require_GET
def run_list(request: Request) -> HttpResponse:
    require_look(request.user)
    runs = RunbookRun.objects.visible_to(request.user).with_list_columns()
    context = {
        **listing(request, runs, RunFilter),
    }
    return render(request, "knowledge/runs.html", context)


@require_POST
def start(request: Request, slug: str) -> HttpResponse:
    """Start from the document's page, or from an alert that the run is for."""
    document = document_for(request.user, slug=slug)
    require_work(request.user)
    form = StartRunForm(request.POST)
    alert = form.cleaned_data["alert"] if form.is_valid() else None
    run = workflow.start_run(document, actor=request.user, **_reference_to(alert))
    return redirect(run)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, run_for(request.user, pk))


@require_POST
def answer(request: Request, pk: int, order: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    step = get_object_or_404(run.steps, order=order)
    form = AnswerForm(request.POST, auto_id=f"id_{order}_%s")
    if not form.is_valid() or _note_missing(form):
        return _page(request, run, {order: form}, status=422)
    workflow.answer_step(step, actor=request.user, **form.cleaned_data)
    return redirect(f"{run.get_absolute_url()}#step-{order}")


@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _page(request, run, status=422)
    workflow.finish_run(run, actor=request.user, **form.cleaned_data)
    return redirect(run)


def _note_missing(form: AnswerForm) -> bool:
    wanted = {StepState.SKIPPED, StepState.FAILED}
    if form.cleaned_data["state"] in wanted and not form.cleaned_data["note"]:
        form.add_error("note", _("Say why, for those who read this later."))
        return True
    return False


def _reference_to(alert: Alert | None) -> dict[str, Any]:
    if alert is None:
        return {}
    return {
        "reference": f"alert:{alert.pk}",
        "reference_label": str(alert),
        "reference_url": alert.get_absolute_url(),
        "service": alert.service,
    }


def _page(
    request: Request,
    run: RunbookRun,
    forms: dict[int, AnswerForm] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show the run; `forms` are answers that cannot be taken yet, by step."""
    steps = list(run.steps.select_related("answered_by"))
    is_running = run.state == RunbookRunState.RUNNING
    newer = newer_revision(run) if is_running else None
    open_steps = [step for step in steps if step.state == StepState.PENDING]
    context = {
        "run": run,
        "document": run.revision.document,
        "steps": [
            {
                "step": step,
                "html": show_step(step, run, request.user),
                "form": (forms or {}).get(step.order)
                or AnswerForm(auto_id=f"id_{step.order}_%s"),
                "is_current": is_running and step in open_steps[:1],
            }
            for step in steps
        ],
        "may_answer": is_running and request.user.may_work,
        "newer": newer,
        "diff_url": _diff_url(run, newer) if newer else "",
        "why_not_succeed": why_not_finish(run, RunbookRunState.SUCCEEDED),
        "why_not_fail": why_not_finish(run, RunbookRunState.FAILED),
        "done_count": len(steps) - len(open_steps),
        "log": [_line(event) for event in events.about(run).order_by("-pk")],
        "thread": thread(request.user, run.revision.document),
    }
    return render(request, "knowledge/run.html", context, status=status)


def _diff_url(run: RunbookRun, newer: Revision) -> str:
    address = reverse("knowledge:document-diff", args=[run.revision.document.slug])
    return f"{address}?from={run.revision.number}&to={newer.number}"


def _line(event: Event) -> dict[str, Any]:
    """One event of a run as `components/timeline.html` wants it."""
    step, state = event.data.get("step"), event.data.get("state")
    words = {
        "run.started": (_("started this run"), "play", "info"),
        "run.step_taken_back": (_("took back the answer to step %(step)s"), "undo", "busy"),
        "run.finished": (_("ended the run: %(state)s"), "flag", "neutral"),
    }
    text, icon, tone = words.get(
        event.kind, (_("answered step %(step)s: %(state)s"), "check", _tone_of(state))
    )
    text %= {"step": step, "state": _label_of(event.kind, state)}
    note = event.data.get("note")
    return {
        "at": event.happened_at,
        "actor": event.actor_label or _("The system"),
        "icon": icon,
        "tone": tone,
        "text": f"{text}. {note}" if note else text,
    }


def _tone_of(state: Any) -> str:
    return {"done": "good", "failed": "bad"}.get(str(state), "neutral")


def _label_of(kind: str, state: Any) -> str:
    choices = RunbookRunState if kind == "run.finished" else StepState
    return str(choices(state).label).lower() if state in choices.values else ""
