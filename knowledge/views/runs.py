"""Working through a runbook: start, answer each step, end."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, run_for
from knowledge.alert_runbooks import answer_for
from knowledge.filters import RunFilter
from knowledge.models import RunbookRun, StepState
from knowledge.run_forms import AnswerForm, FinishForm, StartRunForm, by_hand
from knowledge.run_page import Forms, run_context
from knowledge.run_subjects import run_subject
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing
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
    """Start from the document's page, or from what the run is for."""
    document = document_for(request.user, slug=slug)
    require_work(request.user)
    form = StartRunForm(request.POST)
    subject = run_subject(request.user, form.subject)
    run = workflow.start_run(
        document,
        actor=request.user,
        variables=by_hand(request.POST),
        **subject,
    )
    return redirect(f"{run.get_absolute_url()}{_first_step(request, form, run)}")


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return run_page(request, run_for(request.user, pk))


@require_POST
def answer(request: Request, pk: int, order: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    step = get_object_or_404(run.steps, order=order)
    form = AnswerForm(request.POST, auto_id=f"id_{order}_%s")
    if not form.is_valid() or _note_missing(form):
        return run_page(request, run, {order: form}, status=422)
    try:
        workflow.answer_step(step, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        # Whoever was second is told so on the page, with what they typed.
        for reason in refused.refusals:
            form.add_error(None, f"{reason.sentence} {reason.remedy}".strip())
        return run_page(request, run, {order: form}, status=refused.status_code)
    return redirect(f"{run.get_absolute_url()}#step-{order}")


@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    form = FinishForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, status=422)
    workflow.finish_run(run, actor=request.user, **form.cleaned_data)
    return redirect(run)


def run_page(
    request: Request, run: RunbookRun, forms: Forms | None = None, *, status: int = 200
) -> HttpResponse:
    """Show the run; `forms` are answers that cannot be taken yet, by step."""
    context = run_context(request.user, run, forms)
    context["thread"] = thread(request.user, run.revision.document)
    return render(request, "knowledge/run.html", context, status=status)


def _note_missing(form: AnswerForm) -> bool:
    wanted = {StepState.SKIPPED, StepState.FAILED}
    if form.cleaned_data["state"] in wanted and not form.cleaned_data["note"]:
        form.add_error("note", _("Say why, for those who read this later."))
        return True
    return False


def _first_step(request: Request, form: StartRunForm, run: RunbookRun) -> str:
    """Where the page begins: at the step that a link from this alert names, if any."""
    alert = form.cleaned_data.get("alert")
    answer = answer_for(alert, request.user) if alert else None
    if answer is None or not answer.anchor:
        return ""
    step = run.steps.filter(anchor=answer.anchor).first()
    return f"#step-{step.order}" if step else ""
