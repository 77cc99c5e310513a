"""The lists of incidents and reviews, declaring one, and what is done to many at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import review_figures, workflow
from incidents.access import incident_for, may_work_on, require_reporter
from incidents.clock_words import shown_review
from incidents.declare_form import DeclareForm
from incidents.filters import IncidentFilter, ReviewFilter
from incidents.forms import BulkForm
from incidents.models import Harm, Incident, IncidentQuerySet, ProblemReport, Review, Source
from incidents.parts import parts
from incidents.views.home import row_of
from incidents.wording import tone_of_review
from operations.access import alert_for
from operations.views.export import csv_file
from portal import clock
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

MOST_REPORTS = 200
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
    "mitigated_at",
    "resolved_at",
    "closed_at",
]


@require_GET
def incident_list(request: Request) -> HttpResponse:
    context = listing(request, _incidents(request).with_clocks(), IncidentFilter)
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
        form = DeclareForm(initial=_known_of_it(request) | _reported(request))
        return _declare_page(request, form)
    form = DeclareForm(request.POST)
    if form.is_valid() and form.cleaned_data["alert"] is not None:
        for refusal in workflow.why_not_declare_from(form.cleaned_data["alert"]):
            form.add_error(None, " ".join([refusal.sentence, refusal.remedy]))
    if not form.is_valid():
        return _declare_page(request, form, status=422)
    incident = workflow.declare_judged(**form.said, answers=form.answers, actor=request.user)
    return redirect(incident)


def _known_of_it(request: Request) -> dict[str, Any]:
    """What the address says already: a service, or an alert with all that it tells."""
    named = request.GET.get("alert", "")
    if not named.isdecimal():
        return {"service": request.GET.get("service", "")}
    alert = alert_for(request.user, int(named))
    return {
        "alert": alert.pk,
        "service": alert.service.slug if alert.service else "",
        "title": (alert.summary or alert.name)[:200],
        "severity": alert.severity,
        "source": Source.ALERT,
    }


def _declare_page(request: Request, form: DeclareForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "reports": len(form["reports"].value() or [])}
    return render(request, "incidents/declare.html", context, status=status)


def _reported(request: Request) -> dict[str, Any]:
    """What users' reports tell, if the address names some that wait."""
    named = [int(pk) for pk in request.GET.getlist("report") if pk.isdecimal()][:MOST_REPORTS]
    if not named:
        return {}
    waiting = ProblemReport.objects.visible_to(request.user).waiting().with_list_columns()
    found = list(waiting.filter(pk__in=named).order_by("received_at", "pk"))
    if not found:
        return {}
    first = found[0]
    component = next((each.component for each in found if each.component), None)
    service = component.service if component is not None else None
    return {
        "reports": [each.pk for each in found],
        "service": service.slug if service else "",
        "title": first.headline,
        "impact": _impact_of(found)[:500],
        "source": Source.USER,
    }


def _impact_of(reports: list[ProblemReport]) -> str:
    """What users say, and how many of them."""
    words = " ".join(reports[0].text.split())
    if len(reports) == 1:
        return words
    blocked = sum(each.harm == Harm.BLOCKED for each in reports)
    counted = _("%(n)d users report it, %(blocked)d of them cannot work.")
    if not blocked:
        counted = _("%(n)d users report it.")
    return f"{counted % {'n': len(reports), 'blocked': blocked}} “{words}”"


@require_GET
def review_list(request: Request) -> HttpResponse:
    require_look(request.user)
    reviews = Review.objects.visible_to(request.user)
    reviews = reviews.with_list_columns().most_pressing_first()
    context = listing(request, reviews, ReviewFilter)
    now = clock.now()
    context["rows"] = [
        {
            "review": review,
            "clock": shown_review(review, now),
            "tone": tone_of_review(review),
            "is_overdue": review.is_overdue_at(now),
        }
        for review in context["page"].rows
    ]
    context["times"] = review_figures.cycle_times(now)
    context["parts"] = parts("reviews")
    return render(request, "incidents/reviews.html", context)


def _incidents(request: Request) -> IncidentQuerySet:
    require_look(request.user)
    incidents: IncidentQuerySet = Incident.objects.visible_to(request.user)
    return incidents.with_list_columns()
