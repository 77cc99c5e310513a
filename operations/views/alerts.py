"""Alerts: the live list, one alert with its history, and what people do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Max, Min, Prefetch, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from operations import matchers, workflow
from operations.access import alert_for, may_change, may_silence
from operations.filters import AlertPageFilter
from operations.filters.labels import value_of
from operations.forms import CloseForm, QuietForm
from operations.models import FIRING, Alert, Hold, Occurrence
from operations.sparklines import occurrence_sparklines
from operations.views.export import csv_file
from portal import clock, events
from portal.access import require_look, require_work
from portal.errors import Refusal
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.thread import thread
from portal.timeline import lines

AT_ONCE = 200
MOST_GROUPS = 200
LIVE = "alerts-live"  # the part of the list that updates itself
COLUMNS = [
    "id",
    "severity",
    "state",
    "condition",
    "name",
    "summary",
    "service__slug",
    "integration__name",
    "started_at",
    "ended_at",
    "occurrence_count",
]
Verb = Callable[[list[Alert]], list[workflow.Outcome]]


@require_GET
@vary_on_headers("HX-Target")
def alert_list(request: Request) -> HttpResponse:
    require_look(request.user)
    alerts = Alert.objects.visible_to(request.user).with_list_columns()
    context: dict[str, Any] = listing(request, alerts, AlertPageFilter)
    chosen = context["filter"]
    label = chosen.form.cleaned_data.get("group", "") if chosen.is_valid() else ""
    if label:
        context["groups"] = _groups(request, chosen.qs, label)
        context["label"] = label
    else:
        context["rows"] = _rows(context["page"].rows)
    context["live_query"] = request.GET.urlencode()
    is_live = request.htmx.target == LIVE
    template = "operations/alerts.html" + ("#live" if is_live else "")
    return render(request, template, context)


@require_GET
def export(request: Request) -> HttpResponseBase:
    require_look(request.user)
    alerts = Alert.objects.visible_to(request.user)
    return csv_file(request, alerts, AlertPageFilter, name="alerts", columns=COLUMNS)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk)
    return _detail_page(request, alert)


@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk, may="change")
    workflow.acknowledge_alert(alert, actor=request.user)
    return redirect(alert)


@require_POST
def unacknowledge(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk, may="change")
    workflow.unacknowledge_alert(alert, actor=request.user)
    return redirect(alert)


@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk, may="change")
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, alert, close_form=form, status=422)
    workflow.close_alert(alert, actor=request.user, **form.cleaned_data)
    return redirect(alert)


@require_POST
def acknowledge_many(request: Request) -> HttpResponse:
    """Acknowledge each of the chosen by itself, and say what became of each."""
    require_work(request.user)

    def verb(alerts: list[Alert]) -> list[workflow.Outcome]:
        return workflow.acknowledge_alerts(alerts, actor=request.user)

    outcomes = _one_by_one(request, verb)
    done = sum(not outcome.refusals for outcome in outcomes)
    said = ngettext("%d alert is acknowledged.", "%d alerts are acknowledged.", done) % done
    title = _("%(done)d of %(all)d acknowledged")
    return _told(request, outcomes, said=said, title=title)


@require_POST
def close_many(request: Request) -> HttpResponse:
    """Close each of the chosen by itself; asks for the reason first."""
    require_work(request.user)
    form = CloseForm(request.POST if "reason" in request.POST else None)

    def verb(alerts: list[Alert]) -> list[workflow.Outcome]:
        return workflow.close_alerts(alerts, actor=request.user, **form.cleaned_data)

    outcomes = attempt(form, lambda: _one_by_one(request, verb))
    if outcomes is None:
        return _ask(request, form, title=_("Close these alerts"), verb=_("Close them"))
    done = sum(not outcome.refusals for outcome in outcomes)
    said = ngettext("%d alert is closed.", "%d alerts are closed.", done) % done
    return _told(request, outcomes, said=said, title=_("%(done)d of %(all)d closed"))


@require_POST
def silence_many(request: Request) -> HttpResponse:
    """Silence each of the chosen, exactly that one; asks for how long and why first."""
    require_work(request.user)
    form = QuietForm(request.POST if "reason" in request.POST else None)

    def verb(alerts: list[Alert]) -> list[workflow.Outcome]:
        reason = form.cleaned_data["reason"]
        return workflow.silence_alerts(
            alerts, ends_at=form.ends_at, reason=reason, actor=request.user
        )

    outcomes = attempt(form, lambda: _one_by_one(request, verb, silences=True))
    if outcomes is None:
        return _ask(request, form, title=_("Silence these alerts"), verb=_("Silence them"))
    done = sum(not outcome.refusals for outcome in outcomes)
    said = ngettext("%d alert is silenced.", "%d alerts are silenced.", done) % done
    return _told(request, outcomes, said=said, title=_("%(done)d of %(all)d silenced"))


def _chosen(request: Request) -> QuerySet[Alert]:
    pks = [int(pk) for pk in request.POST.getlist("alert")[:AT_ONCE] if pk.isdecimal()]
    alerts = Alert.objects.visible_to(request.user).with_list_columns().filter(pk__in=pks)
    return alerts.select_related("service__team", "integration")


def _one_by_one(
    request: Request, verb: Verb, *, silences: bool = False
) -> list[workflow.Outcome]:
    outcomes: list[workflow.Outcome] = []
    for alert in _chosen(request):
        may = may_change(request.user, alert.service)
        if silences:
            may = may_silence(request.user, alert.service.team if alert.service else None)
        if may:
            outcomes += verb([alert])
        else:
            outcomes.append(workflow.Outcome(alert, [_not_yours(alert)]))
    return outcomes


def _told(
    request: Request, outcomes: list[workflow.Outcome], *, said: str, title: str
) -> HttpResponse:
    """Go back to the list if all was done, or say of each what became of it."""
    if not outcomes:
        return _none_chosen(request)
    done = sum(not outcome.refusals for outcome in outcomes)
    if done == len(outcomes):
        messages.success(request, said)
        return redirect("operations:alerts")
    heading = title % {"done": done, "all": len(outcomes)}
    context = {"outcomes": outcomes, "heading": heading}
    return render(request, "operations/outcomes.html", context, status=409)


def _none_chosen(request: Request) -> HttpResponse:
    messages.warning(request, _("Choose at least one alert."))
    return redirect("operations:alerts")


def _ask(request: Request, form: Any, *, title: str, verb: str) -> HttpResponse:
    """Ask what the verb needs to know, with the chosen alerts kept."""
    alerts = list(_chosen(request))
    if not alerts:
        return _none_chosen(request)
    crumbs = [{"label": _("Alerts"), "url": reverse("operations:alerts")}]
    context = {"form": form, "alerts": alerts, "title": title, "verb": verb, "crumbs": crumbs}
    status = 422 if form.is_bound else 200
    return render(request, "operations/alerts_ask.html", context, status=status)


def _detail_page(
    request: Request, alert: Alert, *, close_form: CloseForm | None = None, status: int = 200
) -> HttpResponse:
    mine = may_change(request.user, alert.service)
    context = {
        "alert": alert,
        "why_not": {
            "acknowledge": workflow.why_not_acknowledge(alert) if mine else [_not_yours(alert)],
            "close": workflow.why_not_close(alert) if mine else [_not_yours(alert)],
        },
        "may_unacknowledge": mine and not workflow.why_not_unacknowledge(alert),
        "may_silence": may_silence(request.user, alert.service.team if alert.service else None),
        "close_form": close_form or CloseForm(),
        "occurrences": _occurrences(alert),
        "open_holds": alert.holds.open().with_list_columns(),
        "labels": sorted(alert.labels.items()),
        "annotations": sorted(alert.annotations.items()),
        "timeline": lines(events.about(alert)[:50], about=alert),
        "thread": thread(request.user, alert),
    }
    return render(request, "operations/alert.html", context, status=status)


def _occurrences(alert: Alert) -> list[dict[str, Any]]:
    """The history of this fingerprint: each time, who answered, and what held it back."""
    rows = alert.occurrences.select_related("receipt", "acknowledged_by")
    shown: list[Occurrence] = list(rows.defer("receipt__body")[:50])
    by_start: dict[Any, list[Hold]] = {}
    starts = [occurrence.started_at for occurrence in shown]
    holds = alert.holds.select_related("silence", "inhibition")
    for hold in holds.filter(occurrence_started_at__in=starts):
        by_start.setdefault(hold.occurrence_started_at, []).append(hold)
    return [{"occurrence": each, "holds": by_start.get(each.started_at, [])} for each in shown]


def _rows(alerts: list[Alert]) -> list[dict[str, Any]]:
    """Each alert with its sparkline and what holds it, in two queries for all."""
    sparks = occurrence_sparklines(alerts, clock.now())
    open_holds = Hold.objects.open().select_related("silence", "inhibition")
    held = {
        alert.pk: alert.open_holds  # type: ignore[attr-defined]  # a column of the query
        for alert in Alert.objects.filter(
            pk__in=[alert.pk for alert in alerts if alert.is_held]
        ).prefetch_related(Prefetch("holds", open_holds, to_attr="open_holds"))
    }
    return [
        {"alert": alert, "spark": sparks.get(alert.pk), "holds": held.get(alert.pk, [])}
        for alert in alerts
    ]


def _groups(request: Request, alerts: QuerySet[Alert], label: str) -> list[dict[str, Any]]:
    """What was found, by the values of one label, the gravest first."""
    counted = (
        alerts.order_by()
        .annotate(value=value_of(label))
        .values("value")
        .annotate(
            count=Count("pk"),
            firing=Count("pk", filter=FIRING),
            worst=Min("severity"),
            newest=Max("started_at"),
        )
        .order_by("worst", F("newest").desc(), "value")
    )
    return [
        {**row, "url": _within(request, label, row["value"])} for row in counted[:MOST_GROUPS]
    ]


def _within(request: Request, label: str, value: str) -> str:
    """The list of one group: the same filter, narrowed to the value."""
    query = request.GET.copy()
    query.pop("group", None)
    query.pop("cursor", None)
    known = matchers.parse(query.get("match", ""))
    query["match"] = matchers.text([*known, matchers.Matcher(label=label, op="=", value=value)])
    return f"{request.path}?{query.urlencode()}"


def _not_yours(alert: Alert) -> Refusal:
    if alert.service is None:
        remedy = _("Administrators can silence alerts of no service; all members, the rest.")
        return Refusal("not_yours", _("This alert belongs to no team of yours."), remedy)
    return Refusal("not_yours", _("Only the service's team acknowledges its alerts."))
