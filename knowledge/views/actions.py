"""The tracker: what somebody has promised to get done, and by when."""

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import action_for, may_change_action
from knowledge.filters import ActionFilter
from knowledge.forms import ActionForm, ChangeActionForm, ProofForm, ReasonForm
from knowledge.models import UNFINISHED, ActionItem, ActionState
from knowledge.workflow.actions import refusals, why_not_change
from portal import events
from portal.access import require_look, require_work
from portal.http import Request
from portal.listing import listing
from portal.models import User
from portal.thread import thread
from portal.timeline import lines

# The lists that people come back to: a name, its words, and its query.
VIEWS = {
    "mine": gettext_lazy("Mine"),
    "overdue": gettext_lazy("Overdue"),
    "unfinished": gettext_lazy("Unfinished"),
    "all": gettext_lazy("All"),
}


@require_GET
def action_list(request: Request) -> HttpResponse:
    """Without a filter these are the reader's own; a viewer, who owns none, sees all open."""
    require_look(request.user)
    shown = _view(request)
    actions = ActionItem.objects.visible_to(request.user)
    wanted = {
        "mine": UNFINISHED & Q(owner=request.user),
        "overdue": _overdue(),
        "unfinished": UNFINISHED,
    }.get(shown, Q())
    listed = actions.filter(wanted).with_list_columns()
    context = {
        **listing(request, listed, ActionFilter),
        "shown": shown,
        "keep": [("view", shown)],
        "tabs": _tabs(request, shown),
        "today": timezone.localdate(),
        "may_work": request.user.may_work,
    }
    return render(request, "knowledge/actions.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        form = ActionForm(initial={"owner": request.user})
        return render(request, "knowledge/action_new.html", {"form": form})
    form = ActionForm(request.POST)
    if not form.is_valid():
        return render(request, "knowledge/action_new.html", {"form": form}, status=422)
    return redirect(workflow.create_action(**form.cleaned_data, actor=request.user))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, action_for(request.user, pk))


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ChangeActionForm(request.POST)
    if not form.is_valid():
        return _page(request, action, change_form=form, status=422)
    return redirect(workflow.change_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    return redirect(workflow.start_action(action, actor=request.user))


@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, action, finish_form=form, status=422)
    return redirect(workflow.finish_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, action, drop_form=form, status=422)
    return redirect(workflow.drop_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, action, reopen_form=form, status=422)
    return redirect(workflow.reopen_action(action, **form.cleaned_data, actor=request.user))


def _page(
    request: Request, action: ActionItem, *, status: int = 200, **forms_sent: forms.Form
) -> HttpResponse:
    """Show the action item; `forms_sent` are those that came with something to correct."""
    initial = {"title": action.title, "owner": action.owner, "due_on": action.due_on}
    context = {
        "action": action,
        "is_overdue": action.closed_at is None and action.due_on < timezone.localdate(),
        "facts": _facts(action),
        "may_change": may_change_action(request.user, action),
        "is_finished": action.closed_at is not None,
        "why_not_change": why_not_change(action),
        "why_not_start": refusals(action, ActionState.IN_PROGRESS),
        "change_form": ChangeActionForm(initial=initial),
        "finish_form": ProofForm(),
        "drop_form": ReasonForm(auto_id="id_drop_%s"),
        "reopen_form": ReasonForm(auto_id="id_reopen_%s"),
        "open_form": next(iter(forms_sent), ""),
        "thread": thread(request.user, action),
        "log": lines(events.about(action), about=action),
        **forms_sent,
    }
    return render(request, "knowledge/action.html", context, status=status)


def _facts(action: ActionItem) -> list[dict[str, Any]]:
    service = action.service
    facts: list[dict[str, Any]] = [
        {"label": _("Owner"), "value": action.owner, "url": action.owner.get_absolute_url()},
        {"label": _("Due"), "value": date_format(action.due_on, "j M Y")},
        {
            "label": _("Came from"),
            "value": action.reference_label or action.get_origin_display(),
            "url": action.reference_url,
        },
    ]
    if service:
        facts.append(
            {"label": _("Service"), "value": service, "url": service.get_absolute_url()}
        )
    facts.append({"label": _("Created"), "at": action.created_at})
    if action.closed_at:
        facts.append({"label": _("Finished"), "at": action.closed_at})
    return facts


def _view(request: Request) -> str:
    asked = request.GET.get("view", "")
    if asked in VIEWS:
        return asked
    is_filtered = any(value for name, value in request.GET.items() if name != "cursor")
    return "all" if is_filtered else "mine" if request.user.may_work else "unfinished"


def _overdue() -> Q:
    return UNFINISHED & Q(due_on__lt=timezone.localdate())


def _tabs(request: Request, shown: str) -> list[dict[str, Any]]:
    counts = _counts(request.user)
    return [
        {
            "label": label,
            "url": f"{reverse('knowledge:actions')}?view={name}",
            "active": name == shown,
            "count": counts.get(name),
        }
        for name, label in VIEWS.items()
    ]


def _counts(user: User) -> dict[str, int]:
    return ActionItem.objects.visible_to(user).aggregate(
        mine=Count("pk", filter=UNFINISHED & Q(owner=user)),
        overdue=Count("pk", filter=_overdue()),
        unfinished=Count("pk", filter=UNFINISHED),
    )
