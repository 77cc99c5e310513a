"""Shifts that change hands: looking for cover, swapping, taking over."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import may_act_for, require_act_for, schedule_for, swap_for
from operations.filters import SwapFilter
from operations.forms import SwapForm, TakeForm, TakerForm
from operations.models import Schedule, SwapRequest
from operations.shifts_of import coming_shifts
from operations.spans import span_text
from operations.views.on_call import warn_of_leave
from portal import clock, events
from portal.access import manages, members_of, require_look, works_in
from portal.errors import DomainError, Refusal
from portal.http import Request
from portal.listing import listing
from portal.models import User
from portal.timeline import lines

SHOWN = 20


@require_GET
def swap_list(request: Request) -> HttpResponse:
    """Who looks for somebody, and one's own shifts to find somebody for."""
    require_look(request.user)
    rows = SwapRequest.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows.order_by("-made_at", "-pk"), SwapFilter)
    context["my_shifts"] = coming_shifts(request.user, clock.now())[:SHOWN]
    return render(request, "operations/swaps.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request, pk: int) -> HttpResponse:
    """Look for somebody to take a shift of this schedule."""
    schedule = schedule_for(request.user, pk, may="change")
    form = SwapForm(
        request.POST or None,
        initial=_initial(request, person=request.user.pk),
        givers=_whom_for(request.user, schedule),
        colleagues=_members(schedule),
        zone=ZoneInfo(schedule.time_zone),
    )
    if form.is_valid():
        values = _known(form, SWAP_VALUES)
        require_act_for(request.user, values["person"], schedule.team)
        try:
            swap = workflow.ask_for_swap(schedule, **values, actor=request.user)
        except DomainError as refused:
            _show(form, refused)
        else:
            messages.success(request, _("Asked for: %(swap)s") % {"swap": _in_words(swap)})
            return redirect(swap)
    return _form_page(request, form, schedule, _("Find somebody for a shift"))


@require_http_methods(["GET", "POST"])
def take(request: Request, pk: int) -> HttpResponse:
    """Take a colleague's shift over, or give it to somebody as a manager."""
    schedule = schedule_for(request.user, pk, may="change")
    form = TakeForm(
        request.POST or None,
        initial=_initial(request, person=request.user.pk),
        colleagues=_members(schedule),
        takers=_whom_for(request.user, schedule),
        zone=ZoneInfo(schedule.time_zone),
    )
    if form.is_valid():
        values = _known(form, TAKE_VALUES)
        require_act_for(request.user, values["person"], schedule.team)
        try:
            stored = workflow.take_shift(schedule, **values, actor=request.user)
        except DomainError as refused:
            _show(form, refused)
        else:
            said = {
                "person": values["person"],
                "from_person": values["from_person"],
                "span": span_text(*stored, schedule.time_zone),
            }
            text = _("%(person)s takes over from %(from_person)s: %(span)s.") % said
            messages.success(request, text)
            warn_of_leave(request, [values["person"]], *stored, schedule)
            return redirect(schedule)
    return _form_page(request, form, schedule, _("Take a shift over"))


@require_GET
def swap(request: Request, pk: int) -> HttpResponse:
    return _swap_page(request, swap_for(request.user, pk))


@require_POST
def accept(request: Request, pk: int) -> HttpResponse:
    shown = swap_for(request.user, pk, may="change")
    form = TakerForm(request.POST, people=_whom_for(request.user, shown.schedule))
    if "person" in request.POST and not form.is_valid():
        return _swap_page(request, shown, form, status=422)
    person = form.cleaned_data["person"] if "person" in request.POST else request.user
    require_act_for(request.user, person, shown.schedule.team)
    taken = workflow.accept_swap(shown, person=person, actor=request.user)
    text = _("%(person)s has it now: %(swap)s") % {"person": person, "swap": _in_words(taken)}
    messages.success(request, text)
    warn_of_leave(request, [person], taken.starts_at, taken.ends_at, taken.schedule)
    if taken.return_starts_at is not None and taken.return_ends_at is not None:
        back = (taken.return_starts_at, taken.return_ends_at)
        warn_of_leave(request, [taken.person], *back, taken.schedule)
    return redirect(taken)


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    shown = swap_for(request.user, pk, may="change")
    require_act_for(request.user, shown.person, shown.schedule.team)
    return redirect(workflow.withdraw_swap(shown, actor=request.user))


SWAP_VALUES = (
    "person",
    "starts_at",
    "ends_at",
    "asked",
    "return_starts_at",
    "return_ends_at",
    "note",
)
TAKE_VALUES = ("from_person", "person", "starts_at", "ends_at", "reason")


def _known(form: SwapForm | TakeForm, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: form.cleaned_data.get(name) for name in names}


def _show(form: SwapForm | TakeForm, refused: DomainError) -> None:
    form.add_error(
        None, [f"{reason.sentence} {reason.remedy}".strip() for reason in refused.refusals]
    )


def _initial(request: Request, **known: Any) -> dict[str, Any]:
    """What the link that led here says of a shift; a person may change all of it."""
    for name in ("starts_at", "ends_at"):
        try:
            at = parse_datetime(request.GET.get(name, ""))
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            known[name] = at
    for name in ("person", "from_person", "asked"):
        if (given := request.GET.get(name, "")).isdecimal():
            known[name] = int(given)
    return known


def _members(schedule: Schedule) -> QuerySet[User]:
    return members_of(schedule.team).order_by("name", "pk").distinct()


def _whom_for(user: User, schedule: Schedule) -> QuerySet[User]:
    """For whom this person may act: a manager for all, others for themselves."""
    people = _members(schedule)
    if user.is_administrator or manages(user, schedule.team):
        return people
    return people.filter(pk=user.pk)


def _in_words(swap: SwapRequest) -> str:
    span = span_text(swap.starts_at, swap.ends_at, swap.schedule.time_zone)
    return _("%(person)s in %(schedule)s, %(span)s.") % {
        "person": swap.person,
        "schedule": swap.schedule,
        "span": span,
    }


def _form_page(
    request: Request, form: SwapForm | TakeForm, schedule: Schedule, title: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [
            {"label": _("On call"), "url": reverse("operations:on-call")},
            {"label": str(schedule), "url": schedule.get_absolute_url()},
        ],
        "cancel_url": schedule.get_absolute_url(),
        "note": _("Times are by the clock in %(zone)s.") % {"zone": schedule.time_zone},
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


def _swap_page(
    request: Request, shown: SwapRequest, form: TakerForm | None = None, *, status: int = 200
) -> HttpResponse:
    user, schedule = request.user, shown.schedule
    zone = schedule.time_zone
    back = None
    if shown.return_starts_at and shown.return_ends_at:
        back = span_text(shown.return_starts_at, shown.return_ends_at, zone)
    acts_for_all = user.is_administrator or manages(user, schedule.team)
    not_yours = Refusal("not_yours", _("Only the team takes its shifts."))
    context = {
        "swap": shown,
        "span": span_text(shown.starts_at, shown.ends_at, zone),
        "span_here": span_text(shown.starts_at, shown.ends_at, user.time_zone),
        "back": back,
        "is_elsewhere": zone != user.time_zone,
        "why_not_accept": (
            workflow.why_not_accept(shown, user, now=clock.now())
            if works_in(user, schedule.team)
            else [not_yours]
        ),
        "may_withdraw": may_act_for(user, shown.person, schedule.team),
        "taker_form": (form or TakerForm(people=_whom_for(user, schedule)))
        if acts_for_all
        else None,
        "timeline": lines(events.about(shown)[:SHOWN], about=shown),
    }
    return render(request, "operations/swap.html", context, status=status)
