"""Business hours, which pages that can wait are held for."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import hours_for, require_hours
from operations.business_hours import Calendar
from operations.forms import BusinessHoursForm, NewBusinessHoursForm
from operations.models import BusinessHours, SprintCalendar
from portal import clock
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request
from portal.models import Team, User


@require_GET
def hours_list(request: Request) -> HttpResponse:
    require_look(request.user)
    now = clock.now()
    rows = BusinessHours.objects.select_related("team", "service__team")
    context = {
        "rows": [
            {"hours": row, "is_open": Calendar.read(row.as_data()).is_open(now)} for row in rows
        ],
        "may_work": request.user.may_work,
        "teams": _teams_of(request.user) if request.user.may_work else [],
        "with_sprints": set(SprintCalendar.objects.values_list("team_id", flat=True)),
    }
    return render(request, "operations/business_hours.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = NewBusinessHoursForm(request.POST or None, user=request.user)
    if form.is_valid():
        whose = {name: form.cleaned_data[name] for name in ("team", "service")}
        require_hours(request.user, **whose)
        try:
            made = attempt(
                form,
                lambda: workflow.set_business_hours(**whose, **form.said(), actor=request.user),
            )
        except DomainError as refused:
            form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        else:
            if made is not None:
                messages.success(request, _("Saved."))
                return redirect("operations:business-hours")
    return _page(request, form, _("New business hours"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    found = hours_for(request.user, pk, may="change")
    form = BusinessHoursForm(request.POST or None, instance=found)
    saved = attempt(
        form,
        lambda: workflow.change_business_hours(
            hours_for(request.user, pk), actor=request.user, **form.said()
        ),
    )
    if saved is None:
        return _page(request, form, _("Business hours of %(whose)s") % {"whose": found}, found)
    messages.success(request, _("Saved."))
    return redirect("operations:business-hours")


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    found = hours_for(request.user, pk, may="change")
    workflow.remove_business_hours(found, actor=request.user)
    messages.success(request, _("Removed. What waited for these hours is told at any time."))
    return redirect("operations:business-hours")


def _teams_of(user: User) -> list[Team]:
    """Whose sprints this person may set."""
    return list(Team.objects.all() if user.is_administrator else Team.objects.of(user))


def _page(
    request: Request, form: forms.BaseForm, title: str, hours: BusinessHours | None = None
) -> HttpResponse:
    listed = reverse("operations:business-hours")
    context = {
        "form": form,
        "title": title,
        "crumbs": [{"label": _("Business hours"), "url": listed}],
        "cancel_url": listed,
        "hours": hours,
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/business_hours_form.html", context, status=status)
