"""The time of a request: what stands in its way, who lets it pass, and when it would fit."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from maintenance import workflow
from maintenance.access import freeze_for, may_change, request_for
from maintenance.models import Freeze, MaintenanceRequest, OverrideOf
from maintenance.next_times import SHOWN, need_of, proposals
from maintenance.recurrence_words import in_words, length_in_words
from maintenance.time_forms import LengthForm, OverrideForm, PlanForm
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import Verb, answers, objections
from maintenance.workflow.questions import Question
from portal import clock
from portal.errors import DomainError
from portal.http import Request

CHECKS = 10  # shown


@require_GET
def times(request: Request, pk: int) -> HttpResponse:
    return _page(request, request_for(request.user, pk))


@require_POST
def plan(request: Request, pk: int) -> HttpResponse:
    """Take a proposed time over; a plan that moved meanwhile is left alone."""
    item = request_for(request.user, pk, may="change")
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, item, status=422)
    said = form.cleaned_data
    workflow.change_plan(
        item,
        actor=request.user,
        seen=said["seen"],
        planned_start=said["planned_start"],
        planned_end=said["planned_end"],
    )
    return redirect("maintenance:request", item.pk)


@require_POST
def override(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk, may="decide")
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return _page(request, item, status=422, sent=form)
    said = form.cleaned_data
    freeze: Freeze | None = None
    if said["of"] == OverrideOf.FREEZE:
        freeze = freeze_for(request.user, said["freeze"] or 0)
    try:
        workflow.override_time(
            item,
            of=said["of"],
            freeze=freeze,
            digest=said["digest"],
            reason=said["reason"],
            actor=request.user,
        )
    except DomainError as refused:
        form.data = request.POST.copy()
        form.data["digest"] = digest_of(item)
        return _page(request, item, status=409, sent=form, refused=refused.refusals)
    return redirect("maintenance:request-times", item.pk)


def _page(
    request: Request,
    item: MaintenanceRequest,
    *,
    status: int = 200,
    sent: OverrideForm | None = None,
    **more: Any,
) -> HttpResponse:
    now = clock.now()
    question = Question(item, request.user, now)
    length = LengthForm(request.GET)
    minutes = length.cleaned_data["minutes"] if length.is_valid() else None
    most = length.cleaned_data["most"] if length.is_valid() else None
    lasts = timedelta(minutes=minutes) if minutes else None
    context = {
        "item": item,
        "digest": question.digest,
        "standing": question.time,
        "objections": objections(question),
        "warnings": question.warnings,
        "conflicts": question.conflicts,
        "checks": list(item.conflict_checks.all()[:CHECKS]),
        "windows": [{"item": each, "words": in_words(each)} for each in question.time.windows],
        "overrides": list(item.time_overrides.select_related("person", "freeze")),
        "override_forms": _override_forms(question, sent),
        "why_not_override": answers(question, Verb.OVERRIDE_TIME),
        "proposals": proposals(item, now=now, lasts=lasts, most=most or SHOWN),
        "need": length_in_words(need_of(item, lasts).whole),
        "length_form": length,
        "why_not_plan": answers(question, Verb.CHANGE_PLAN),
        "may_change": may_change(request.user, item),
        **more,
    }
    return render(request, "maintenance/times.html", context, status=status)


def _override_forms(question: Question, sent: OverrideForm | None) -> list[dict[str, Any]]:
    """One form for each freeze in the way, and one for the permitted times."""
    time, digest = question.time, question.digest
    wanted: list[tuple[Any, str, int | None]] = [
        (freeze.name, OverrideOf.FREEZE, freeze.pk) for freeze in time.freezes
    ]
    if time.code in {2, 3} and not time.is_overridden:
        wanted.append((OverrideOf.WINDOWS.label, OverrideOf.WINDOWS, None))
    forms = []
    for name, of, pk in wanted:
        key = f"{of}-{pk or ''}"
        is_sent = sent is not None and (sent.data.get("of"), sent.data.get("freeze") or "") == (
            of,
            str(pk or ""),
        )
        initial = {"of": of, "freeze": pk, "digest": digest}
        fresh = OverrideForm(initial=initial, auto_id=f"id_{key}_%s")
        forms.append({"name": name, "form": sent if is_sent else fresh})
    return forms
