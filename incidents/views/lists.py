"""The lists of incidents and reviews, declaring one, and what is done to many at once."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import clocks, workflow
from incidents.access import incident_for, may_work_on, require_reporter
from incidents.filters import IncidentFilter, ReviewFilter
from incidents.forms import BulkForm, DeclareForm
from incidents.models import Incident, Review
from incidents.parts import parts
from incidents.views.home import row_of
from incidents.wording import shown, tone_of_review
from operations.views.export import csv_file
from portal import clock
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

COLUMNS = [
    "id",
    "title",
    "severity",
    "state",
    "service__slug",
    "commander__name",
    "source",
    "detected_at",
    "acknowledged_at",
    "resolved_at",
    "closed_at",
]


@require_GET
def incident_list(request: Request) -> HttpResponse:
    context = listing(request, _incidents(request), IncidentFilter)
    now = clock.now()
    context["rows"] = [row_of(incident, now) for incident in context["page"].rows]
    context["may_work"] = request.user.may_work
    context["parts"] = parts("incidents")
    return render(request, "incidents/list.html", context)


@require_GET
def incident_csv(request: Request) -> HttpResponseBase:
    """The list as it is filtered, all of its pages."""
    return csv_file(
        request, _incidents(request), IncidentFilter, name="incidents", columns=COLUMNS
    )


@require_POST
def acknowledge_many(request: Request) -> HttpResponse:
    """Acknowledge each by itself, and say of each what became of it."""
    require_work(request.user)
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose at least one incident."))
        return redirect("incidents:incidents")
    for pk in form.cleaned_data["incident"]:
        _acknowledge_one(request, pk)
    return redirect("incidents:incidents")


def _acknowledge_one(request: Request, pk: int) -> None:
    incident = incident_for(request.user, pk)
    if not may_work_on(request.user, incident):
        text = _("%(incident)s belongs to another team.") % {"incident": incident}
        messages.error(request, text)
        return
    try:
        workflow.acknowledge(incident, actor=request.user)
    except DomainError as refused:
        messages.warning(request, f"{incident}: {refused}")
    else:
        messages.success(request, _("%(incident)s is yours.") % {"incident": incident})


@require_http_methods(["GET", "POST"])
def declare(request: Request) -> HttpResponse:
    require_reporter(request.user)
    if request.method == "GET":
        form = DeclareForm(initial={"service": request.GET.get("service", "")})
        return render(request, "incidents/declare.html", {"form": form})
    form = DeclareForm(request.POST)
    if not form.is_valid():
        return render(request, "incidents/declare.html", {"form": form}, status=422)
    return redirect(workflow.declare(**form.cleaned_data, actor=request.user))


@require_GET
def review_list(request: Request) -> HttpResponse:
    require_look(request.user)
    reviews = Review.objects.select_related("incident__service", "owner")
    context = listing(request, reviews, ReviewFilter)
    now = clock.now()
    context["rows"] = [
        {
            "review": review,
            "clock": shown(clocks.review(review, now)),
            "tone": tone_of_review(review),
        }
        for review in context["page"].rows
    ]
    context["parts"] = parts("reviews")
    return render(request, "incidents/reviews.html", context)


def _incidents(request: Request) -> QuerySet[Incident]:
    require_look(request.user)
    incidents: QuerySet[Incident] = Incident.objects.visible_to(
        request.user
    ).with_list_columns()
    return incidents
