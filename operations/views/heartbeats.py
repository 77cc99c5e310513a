from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import heartbeat_for
from operations.filters import HeartbeatFilter
from operations.forms import HeartbeatForm
from operations.models import Heartbeat, Ping
from operations.snippets import ping_url, snippets
from portal import clock, events
from portal.access import require_look, require_work, works_in
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.models import Service, User
from portal.timeline import lines

PINGS_SHOWN = 100


@require_GET
def heartbeat_list(request: Request) -> HttpResponse:
    require_look(request.user)
    rows = Heartbeat.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, HeartbeatFilter)
    context["may_create"] = _services_of(request.user).exists()
    return render(request, "operations/heartbeats.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = HeartbeatForm(
        request.POST or None,
        initial={"time_zone": request.user.time_zone},
        services=_services_of(request.user),
    )
    if not form.is_valid():
        return _form_page(request, form, title=_("New heartbeat"))
    values = form.cleaned_data
    made = workflow.make_heartbeat(**values, now=clock.now(), actor=request.user)
    messages.success(request, _("Now have the job ping it; it is waited for from then on."))
    return redirect(made)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk)
    may_change = works_in(request.user, heartbeat.service.team_id)
    not_yours = Refusal("not_yours", _("Only the service's team changes this heartbeat."))
    pings = heartbeat.pings.defer("body").annotate(size=Length("body"))
    context = {
        "heartbeat": heartbeat,
        "pings": pings[:PINGS_SHOWN],
        "rejections": heartbeat.rejections.all(),
        "refusals": [] if may_change else [not_yours],
        # The address is a key, and so for those who may set the job up.
        "ping_url": ping_url(heartbeat) if may_change else "",
        "snippets": snippets(heartbeat) if may_change else [],
        "timeline": lines(events.about(heartbeat)[:20], about=heartbeat),
    }
    return render(request, "operations/heartbeat.html", context)


@require_GET
def ping(request: Request, pk: int, ping_pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk)
    shown = get_object_or_404(Ping, heartbeat=heartbeat, pk=ping_pk)
    body = bytes(shown.body).decode(errors="replace")
    context = {"heartbeat": heartbeat, "ping": shown, "body": body}
    return render(request, "operations/heartbeat_ping.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk, may="change")
    services = _services_of(request.user)
    form = HeartbeatForm(request.POST or None, instance=heartbeat, services=services)
    if not form.is_valid():
        return _form_page(request, form, title=_("Change this heartbeat"), of=pk)
    values = form.cleaned_data
    workflow.change_heartbeat(heartbeat, **values, now=clock.now(), actor=request.user)
    return redirect("operations:heartbeat", pk)


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk, may="change")
    return redirect(workflow.pause_heartbeat(heartbeat, now=clock.now(), actor=request.user))


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk, may="change")
    return redirect(workflow.resume_heartbeat(heartbeat, now=clock.now(), actor=request.user))


@require_POST
def send_test(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk, may="change")
    workflow.send_test_ping(heartbeat, actor=request.user)
    messages.success(
        request, _("The test was taken in as a line of the log; it changes nothing.")
    )
    return redirect("operations:heartbeat", pk)


@require_POST
def renew_key(request: Request, pk: int) -> HttpResponse:
    heartbeat = heartbeat_for(request.user, pk, may="change")
    workflow.renew_ping_key(heartbeat, actor=request.user)
    messages.success(request, _("The address is a new one; give it to the job."))
    return redirect("operations:heartbeat", pk)


def _services_of(user: User) -> QuerySet[Service]:
    services = Service.objects.current().visible_to(user)
    if user.is_administrator:
        return services
    return services.filter(team__membership__person=user) if user.may_work else services.none()


def _form_page(
    request: Request, form: HeartbeatForm, *, title: str, of: int | None = None
) -> HttpResponse:
    every = reverse("operations:heartbeats")
    context = {
        "form": form,
        "title": title,
        "crumbs": [
            {"label": _("Checks"), "url": reverse("operations:checks")},
            {"label": _("Heartbeats"), "url": every},
        ],
        "cancel_url": reverse("operations:heartbeat", args=[of]) if of else every,
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)
