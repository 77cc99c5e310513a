"""Retrospectives: three columns, and what is still open from the last ones first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import may_close, retrospective_for
from knowledge.filters import RetrospectiveFilter
from knowledge.forms import AgreedActionForm, CardForm, RetrospectiveForm
from knowledge.models import ActionItem, Column, Retrospective
from knowledge.workflow.retrospectives import why_not_write
from portal.access import require_look, require_work, works_in
from portal.http import Request
from portal.listing import listing


@require_GET
def retrospective_list(request: Request) -> HttpResponse:
    require_look(request.user)
    retrospectives = Retrospective.objects.visible_to(request.user).with_list_columns()
    context = {
        **listing(request, retrospectives, RetrospectiveFilter),
        "may_work": request.user.may_work,
    }
    return render(request, "knowledge/retrospectives.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The form offers only teams of the person's own; administrators choose any."""
    require_work(request.user)
    template = "knowledge/retrospective_new.html"
    if request.method == "GET":
        initial = {"held_on": timezone.localdate(), "facilitator": request.user}
        form = RetrospectiveForm(user=request.user, initial=initial)
        return render(request, template, {"form": form})
    form = RetrospectiveForm(request.POST, user=request.user)
    if not form.is_valid():
        return render(request, template, {"form": form}, status=422)
    return redirect(workflow.hold(**form.cleaned_data, actor=request.user))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, retrospective_for(request.user, pk))


@require_POST
def add_card(request: Request, pk: int) -> HttpResponse:
    retrospective = retrospective_for(request.user, pk, may="change")
    form = CardForm(request.POST)
    if not form.is_valid():
        column = str(request.POST.get("column", ""))
        return _page(request, retrospective, card_forms={column: form}, status=422)
    workflow.add_card(retrospective, **form.cleaned_data, actor=request.user)
    return redirect(retrospective)


@require_POST
def remove_card(request: Request, pk: int, card: int) -> HttpResponse:
    retrospective = retrospective_for(request.user, pk, may="change")
    found = get_object_or_404(retrospective.cards, pk=card)
    workflow.remove_card(found, actor=request.user)
    return redirect(retrospective)


@require_POST
def agree(request: Request, pk: int) -> HttpResponse:
    """Put an action item that the team agreed on into the tracker."""
    retrospective = retrospective_for(request.user, pk, may="change")
    form = AgreedActionForm(request.POST, team=retrospective.team)
    if not form.is_valid():
        return _page(request, retrospective, action_form=form, status=422)
    workflow.agree_on_action(retrospective, **form.cleaned_data, actor=request.user)
    return redirect(retrospective)


@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    retrospective = retrospective_for(request.user, pk, may="close")
    workflow.close_retrospective(retrospective, actor=request.user)
    return redirect(retrospective)


def _page(
    request: Request,
    retrospective: Retrospective,
    *,
    card_forms: dict[str, CardForm] | None = None,
    action_form: AgreedActionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_member = works_in(request.user, retrospective.team_id)
    actions = ActionItem.objects.visible_to(request.user).with_list_columns()
    context = {
        "retrospective": retrospective,
        "columns": _columns(retrospective, card_forms or {}),
        "earlier": actions.from_earlier(retrospective),
        "actions": actions.filter(reference=retrospective.reference),
        "action_form": action_form or AgreedActionForm(team=retrospective.team),
        "may_write": is_member and retrospective.is_open,
        "may_close": may_close(request.user, retrospective),
        "why_not_close": why_not_write(retrospective),
        "today": timezone.localdate(),
    }
    return render(request, "knowledge/retrospective.html", context, status=status)


def _columns(
    retrospective: Retrospective, card_forms: dict[str, CardForm]
) -> list[dict[str, Any]]:
    cards = list(retrospective.cards.select_related("author"))
    return [
        {
            "name": column.value,
            "label": column.label,
            "cards": [card for card in cards if card.column == column],
            "form": card_forms.get(column.value)
            or CardForm(initial={"column": column.value}, auto_id=f"id_{column.value}_%s"),
        }
        for column in Column
    ]
