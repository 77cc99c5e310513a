"""Hand-overs at the end of a shift."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from operations import workflow
from operations.access import handover_for, may_act_for, require_act_for
from operations.filters import HandoverFilter
from operations.forms import NotesForm
from operations.models import Handover, HandoverState
from portal import events
from portal.access import require_look, works_in
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.timeline import lines

SHOWN = 20


@require_GET
def handover_list(request: Request) -> HttpResponse:
    require_look(request.user)
    rows = Handover.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, HandoverFilter)
    return render(request, "operations/handovers.html", context)


@require_GET
def handover(request: Request, pk: int) -> HttpResponse:
    return _page(request, handover_for(request.user, pk))


@require_POST
def notes(request: Request, pk: int) -> HttpResponse:
    """The leaver, or a manager, writes down what the next one should know."""
    shown = handover_for(request.user, pk, may="change")
    require_act_for(request.user, shown.leaver, shown.schedule.team)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, form, status=422)
    workflow.write_notes(shown, notes=form.cleaned_data["notes"], actor=request.user)
    return redirect(shown)


@require_POST
def accept(request: Request, pk: int) -> HttpResponse:
    shown = handover_for(request.user, pk, may="change")
    taken = workflow.accept_handover(shown, person=request.user, actor=request.user)
    messages.success(request, _("You have it now: what is listed here is yours."))
    return redirect(taken)


def _page(
    request: Request, shown: Handover, form: NotesForm | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user
    not_yours = Refusal("not_yours", _("Only the team accepts its hand-overs."))
    is_mine = works_in(user, shown.schedule.team)
    is_open = shown.state == HandoverState.OFFERED
    may_write = is_open and may_act_for(user, shown.leaver, shown.schedule.team)
    context = {
        "handover": shown,
        "items": shown.items.all(),
        "why_not_accept": workflow.why_not_accept_handover(shown, user)
        if is_mine
        else [not_yours],
        "form": (form or NotesForm(initial={"notes": shown.notes})) if may_write else None,
        "timeline": lines(events.about(shown)[:SHOWN], about=shown),
    }
    return render(request, "operations/handover.html", context, status=status)
