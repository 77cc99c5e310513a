"""The approver's page: exactly what is approved, and two words to say."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from maintenance import workflow
from maintenance.access import request_for
from maintenance.analysis_words import risk_in_words, summary
from maintenance.ballot_words import choices_of, picture, similar
from maintenance.filters import EmergencyFilter
from maintenance.forms import ApproveForm, BreakGlassForm, RejectForm
from maintenance.models import BreakGlass, MaintenanceRequest, Vote
from maintenance.presentation import changes_since, gate_row, short_facts, status_of
from maintenance.workflow.ballots import glass_of, is_voted_on
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import MOVES, Verb, answers, objections
from maintenance.workflow.questions import Question
from portal import clock
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing
from portal.thread import thread


@require_GET
def page(request: Request, pk: int) -> HttpResponse:
    return _page(request, request_for(request.user, pk))


@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    return _decide(request, pk, "approve_form", ApproveForm(request.POST), workflow.approve)


@require_POST
def reject(request: Request, pk: int) -> HttpResponse:
    return _decide(request, pk, "reject_form", RejectForm(request.POST), workflow.reject)


@require_POST
def break_glass(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    form = BreakGlassForm(request.POST)
    return _try(request, item, "glass_form", form, workflow.break_glass)


@require_GET
def emergencies(request: Request) -> HttpResponse:
    """Those that began unapproved, until they are decided and reviewed."""
    rows = BreakGlass.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, EmergencyFilter)
    page = context["page"]
    now = clock.now()
    context |= {
        "rows": [
            {
                "glass": glass,
                "status": status_of(glass.request),
                "is_overdue": glass.settled_at is None and glass.due_at <= now,
                "review": getattr(glass.request, "implementation_review", None),
            }
            for glass in page.rows
        ],
        "total": ngettext("%(n)s emergency", "%(n)s emergencies", page.counted)
        % {"n": page.total_text},
    }
    return render(request, "maintenance/emergencies.html", context)


def _decide(request: Request, pk: int, name: str, form: forms.Form, verb: Any) -> HttpResponse:
    return _try(request, request_for(request.user, pk, may="vote"), name, form, verb)


def _try(
    request: Request, item: MaintenanceRequest, name: str, form: forms.Form, verb: Any
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, item, status=422, **{name: form})
    try:
        item = verb(item, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        # The page shows the plan as it is now; the remark stays, the digest is the new one.
        form.data = request.POST.copy()
        form.data["digest"] = digest_of(item)
        return _page(request, item, status=409, refused=refused.refusals, **{name: form})
    return redirect(item)


def _page(
    request: Request, item: MaintenanceRequest, *, status: int = 200, **more: Any
) -> HttpResponse:
    question = Question(item, request.user, clock.now())
    label, tone = status_of(item)
    context = {
        "item": item,
        "status": {"value": item.state, "label": label, "tone": tone},
        "digest": question.digest,
        "short_facts": short_facts(item),
        "analysis": summary(item),
        "risk": risk_in_words(item, question.now),
        "objections": objections(question),
        "conflicts": question.conflicts,
        "gates": [gate_row(gate, question.now) for gate in item.gates.select_related("set_by")],
        "similar": similar(item),
        "picture": picture(question.ballot),
        "votes": question.votes,
        "glass": glass_of(item),
        **_since(question, request),
        **_ballots(question, request, **more),
        "thread": thread(request.user, item),
        **more,
    }
    return render(request, "maintenance/approval.html", context, status=status)


def _since(question: Question, request: Request) -> dict[str, Any]:
    """What has become another since this person's last vote; else since the last other plan."""
    own = [vote for vote in question.votes if request.user.pk in _people(vote)]
    others = [vote for vote in question.votes if vote.plan_digest != question.digest]
    last = next(iter(own or others), None)
    changes = changes_since(question.request, last) if last else []
    return {"last_vote": last, "changes": changes}


def _people(vote: Vote) -> set[int | None]:
    return {vote.person_id, vote.on_behalf_of_id}


def _ballots(
    question: Question,
    request: Request,
    *,
    approve_form: forms.Form | None = None,
    reject_form: forms.Form | None = None,
    glass_form: forms.Form | None = None,
    **_more: Any,
) -> dict[str, Any]:
    """
    The forms to decide by: one pair for each vote that this person may give.

    Where there is none, one pair says why not. A form that came back stands in its own place.
    """
    item, digest = question.request, question.digest
    afterwards = is_voted_on(item) and item.state != "awaiting_approval"
    yes, no = (
        (Verb.APPROVE_AFTERWARDS, Verb.REJECT_AFTERWARDS)
        if afterwards
        else (Verb.APPROVE, Verb.REJECT)
    )
    pairs = []
    for choice in choices_of(question.ballot, request.user) or [{}]:
        giver = choice.get("giver")
        step = choice.get("step", "")
        given = {"ballot_step": step, "seat": giver.pk if giver else None}
        asked = Question(item, request.user, question.now, given)
        initial = {"digest": digest, "step": step, "on_behalf_of": giver}
        key = f"{step}_{giver.pk if giver else 0}"
        pairs.append(
            {
                **choice,
                "approve_form": _own(approve_form, initial)
                or ApproveForm(initial=initial, auto_id=f"id_approve_{key}_%s"),
                "reject_form": _own(reject_form, initial)
                or RejectForm(initial=initial, auto_id=f"id_reject_{key}_%s"),
                "why_not_approve": answers(asked, yes),
                "why_not_reject": answers(asked, no),
            }
        )
    glass = glass_form or BreakGlassForm(initial={"digest": digest}, auto_id="id_glass_%s")
    may = item.state in MOVES[Verb.BREAK_GLASS][0] and not _calm(question)
    return {
        "pairs": pairs,
        "glass_form": glass,
        "why_not_break_glass": answers(question, Verb.BREAK_GLASS) if may else None,
    }


def _own(form: forms.Form | None, initial: dict[str, Any]) -> forms.Form | None:
    """The form that came back, if it is the one of this vote."""
    if form is None:
        return None
    giver = initial["on_behalf_of"]
    said = (form.data.get("step") or "", form.data.get("on_behalf_of") or "")
    return (
        form if said in {(initial["step"], str(giver.pk if giver else "")), ("", "")} else None
    )


def _calm(question: Question) -> bool:
    codes = {refusal.code for refusal in answers(question, Verb.BREAK_GLASS)}
    return "not_emergency" in codes
