"""The tracker: all that was promised, as a list, as a board and as a file."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from knowledge import action_figures, workflow
from knowledge.access import action_for, changeable, may_change_action
from knowledge.filters import ActionFilter
from knowledge.forms import BulkForm
from knowledge.models import UNFINISHED, ActionItem, ActionState
from operations.views.export import csv_file
from portal import clock
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import found_by, listing
from portal.models import User

COLUMNS = [
    *("id", "title", "state", "priority", "owner__name", "due_on", "service__slug"),
    *("origin", "reference", "verification", "proof", "proof_url", "postponed_count"),
    *("created_at", "closed_at"),
]
ON_BOARD = 50  # cards in a column; the list has them all
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
    return _list_page(request)


def _list_page(
    request: Request, form: BulkForm | None = None, *, status: int = 200
) -> HttpResponse:
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
        "bulk_form": form or BulkForm(),
        "chosen": request.POST.getlist("action") if form else [],
        "figures": action_figures.figures(actions, clock.now()),
    }
    return render(request, "knowledge/actions.html", context, status=status)


@require_GET
def action_csv(request: Request) -> HttpResponseBase:
    """The list as it is filtered, all of its pages."""
    require_look(request.user)
    actions = ActionItem.objects.visible_to(request.user).with_list_columns()
    return csv_file(request, actions, ActionFilter, name="actions", columns=COLUMNS)


@require_GET
def board(request: Request) -> HttpResponse:
    """Everything by state; each card moves by its buttons, by arrow keys or by dragging."""
    require_look(request.user)
    actions = ActionItem.objects.visible_to(request.user).with_list_columns()
    chosen = ActionFilter(request.GET, queryset=actions, request=request)
    found = found_by(chosen)
    since = clock.now() - action_figures.PERIOD
    context = {
        "filter": chosen,
        "is_filtered": bool(chosen.form.changed_data),
        "clear_url": request.path,
        "tabs": _tabs(request, "board"),
        "columns": [_column(request.user, found, state, since) for state in ActionState],
        "figures": action_figures.figures(found, clock.now()),
        "today": timezone.localdate(),
    }
    return render(request, "knowledge/action_board.html", context)


@require_POST
def put_back(request: Request, pk: int) -> HttpResponse:
    """From “in progress” back to “open”, as the board does it."""
    action = action_for(request.user, pk, may="change")
    workflow.reopen_action(action, reason=_("Put back on the board"), actor=request.user)
    return redirect("knowledge:action-board")


@require_POST
def bulk(request: Request) -> HttpResponse:
    """Do the same with each of the chosen, and say of each what became of it."""
    require_work(request.user)
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form, status=422)
    for pk in form.cleaned_data["action"]:
        _do_one(request, pk, form.cleaned_data)
    return redirect(f"{reverse('knowledge:actions')}?view=unfinished")


def _do_one(request: Request, pk: int, said: dict[str, Any]) -> None:
    action = action_for(request.user, pk)
    if not may_change_action(request.user, action):
        text = _("“%(action)s” belongs to others.") % {"action": action}
        messages.error(request, text)
        return
    try:
        if said["do"] == BulkForm.ASSIGN:
            workflow.change_action(action, owner=said["owner"], actor=request.user)
        else:
            workflow.postpone_action(
                action, due_on=said["due_on"], reason=said["reason"], actor=request.user
            )
    except DomainError as refused:
        messages.warning(request, f"{action}: {refused}")
    else:
        messages.success(request, _("“%(action)s” is changed.") % {"action": action})


def _column(user: User, actions: Any, state: ActionState, since: Any) -> dict[str, Any]:
    """What stands in one state; of what is finished, what was so of late."""
    rows = actions.filter(state=state)
    is_end = state in {ActionState.DONE, ActionState.DROPPED}
    if is_end:
        rows = rows.filter(closed_at__gte=since).order_by("-closed_at", "-pk")
    found = list(rows[: ON_BOARD + 1])
    mine = changeable(user, found)
    return {
        "state": state.value,
        "label": state.label,
        "rows": [
            {"action": action, "may_change": action.pk in mine} for action in found[:ON_BOARD]
        ],
        "has_more": len(found) > ON_BOARD,
        "url": f"{reverse('knowledge:actions')}?view=all&state={state}",
    }


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
    on_board = {
        "label": _("Board"),
        "url": reverse("knowledge:action-board"),
        "active": shown == "board",
        "count": None,
    }
    return [
        on_board,
        *_lists(shown, counts),
    ]


def _lists(shown: str, counts: dict[str, int]) -> list[dict[str, Any]]:
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
