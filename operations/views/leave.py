"""Leave: one's own, and who of the teams is away."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import leave_for, people_led_by
from operations.forms import LeaveForm, days_of
from operations.leave import away
from operations.models import Leave, ShiftFinding
from operations.shift_notices import finding_text
from portal import clock
from portal.access import require_look, require_work
from portal.forms import attempt
from portal.http import Request
from portal.models import User

AHEAD = timedelta(days=90)
SHOWN = 200


@require_GET
def leave_list(request: Request) -> HttpResponse:
    """My leave, and who else of my teams is away in the next 90 days."""
    require_look(request.user)
    user, now = request.user, clock.now()
    mine = Leave.objects.filter(person=user, ends_at__gt=now)
    colleagues = User.objects.filter(is_active=True, teams__in=user.teams.all()).distinct()
    if user.is_administrator:
        colleagues = User.objects.filter(is_active=True)
    led = set(people_led_by(user).values_list("pk", flat=True))
    others = away(colleagues.exclude(pk=user.pk), now, now + AHEAD)
    findings = ShiftFinding.objects.current().with_list_columns().filter(kind="on_leave")
    context = {
        "mine": mine,
        "others": [(row, row.person_id in led) for row in others[:SHOWN]],
        "warnings": [
            finding_text(row, user.time_zone) for row in findings.filter(person__in=led)
        ],
        "may_record": user.may_work,
    }
    return render(request, "operations/leave.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = _form(request, {"person": request.user.pk})
    done = attempt(form, lambda: _record(form, request.user))
    if done is not None:
        return redirect("operations:leave")
    return _form_page(request, form, _("Record leave"))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    require_look(request.user)
    leave = leave_for(request.user, pk)
    form = _form(request, days_of(leave), of=leave)

    def change() -> Leave:
        return workflow.change_leave(leave, **form.values(), actor=request.user)

    if attempt(form, change) is not None:
        return redirect("operations:leave")
    return _form_page(request, form, _("Change this leave"))


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    require_look(request.user)
    workflow.cancel_leave(leave_for(request.user, pk), actor=request.user)
    return redirect("operations:leave")


def _record(form: LeaveForm, actor: User) -> Leave:
    person = form.cleaned_data["person"]
    return workflow.record_leave(person=person, **form.values(), actor=actor)


def _form(request: Request, initial: dict[str, Any], of: Leave | None = None) -> LeaveForm:
    people = people_led_by(request.user).order_by("name", "pk")
    if of is not None:
        people = people.filter(pk=of.person_id)
    return LeaveForm(request.POST or None, initial=initial, people=people)


def _form_page(request: Request, form: LeaveForm, title: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [
            {"label": _("On call"), "url": reverse("operations:on-call")},
            {"label": _("Leave"), "url": reverse("operations:leave")},
        ],
        "cancel_url": reverse("operations:leave"),
        "note": _(
            "Leave takes nobody off call. Shifts in that time are shown as problems, so that "
            "somebody can be found for them."
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)
