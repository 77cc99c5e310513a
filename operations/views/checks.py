from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import check_for, seen_by
from operations.filters import CheckFilter
from operations.forms import CheckForm
from operations.models import Check
from operations.sparklines import sparklines
from portal import clock, events
from portal.access import require_look, require_work, works_in
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.models import Service, User
from portal.timeline import lines

RESULTS_SHOWN = 50


@require_GET
def check_list(request: Request) -> HttpResponse:
    require_look(request.user)
    checks = seen_by(request.user, Check.objects.select_related("service"))
    context: dict[str, Any] = listing(request, checks, CheckFilter)
    lines_of = sparklines(context["page"].rows)
    context["rows"] = [(check, lines_of.get(check.pk)) for check in context["page"].rows]
    context["may_create"] = _services_of(request.user).exists()
    return render(request, "operations/checks.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = CheckForm(request.POST or None, services=_services_of(request.user))
    if not form.is_valid():
        return _form_page(request, form, title=_("New check"))
    return redirect(workflow.make_check(**form.cleaned_data, actor=request.user))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    check = check_for(request.user, pk)
    not_yours = Refusal("not_yours", _("Only the service's team changes this check."))
    context = {
        "check": check,
        "results": check.results.order_by("-at", "-pk")[:RESULTS_SHOWN],
        "spark": sparklines([check]).get(check.pk),
        "refusals": [] if works_in(request.user, check.service.team_id) else [not_yours],
        "timeline": lines(events.about(check)[:20], about=check),
    }
    return render(request, "operations/check.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    check = check_for(request.user, pk, may="change")
    form = CheckForm(request.POST or None, instance=check, services=_services_of(request.user))
    if not form.is_valid():
        return _form_page(request, form, title=_("Change this check"), of=pk)
    values = form.cleaned_data
    workflow.change_check(check, **values, now=clock.now(), actor=request.user)
    return redirect("operations:check", pk)


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    check = check_for(request.user, pk, may="change")
    return redirect(workflow.pause_check(check, now=clock.now(), actor=request.user))


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    check = check_for(request.user, pk, may="change")
    return redirect(workflow.resume_check(check, now=clock.now(), actor=request.user))


def _services_of(user: User) -> QuerySet[Service]:
    services = Service.objects.current().visible_to(user)
    if user.is_administrator:
        return services
    return services.filter(team__membership__person=user) if user.may_work else services.none()


def _form_page(
    request: Request, form: CheckForm, *, title: str, of: int | None = None
) -> HttpResponse:
    back = reverse("operations:check", args=[of]) if of else reverse("operations:checks")
    context = {
        "form": form,
        "title": title,
        "crumbs": [{"label": _("Checks"), "url": reverse("operations:checks")}],
        "cancel_url": back,
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)
