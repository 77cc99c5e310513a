"""What incidents shows on the pages of the floors below, in the frame, search and threads."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Count, Model, Q, Value
from django.db.models.functions import Cast, Concat
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents import (
    availability_panels,
    figures,
    reach_panels,
    review_figures,
    runbook_panels,
    telling_panels,
    waking_panels,
    workflow,
)
from incidents.access import incident_for, note_for, policy_for, report_for, review_for
from incidents.clock_words import shown_review
from incidents.milestones import MEASURES
from incidents.models import (
    ComponentGroup,
    EscalationPolicy,
    Incident,
    IncidentQuerySet,
    IncidentState,
    ProblemReport,
    Review,
    ReviewTemplate,
    ReviewWaiver,
    SeverityPolicy,
    StatusComponent,
    StatusTemplate,
    TimelineNote,
)
from incidents.route import Atlas
from incidents.thread import thread_of
from incidents.views.home import row_of, unresolved_rows
from knowledge.hidden_runs import hides_runs
from knowledge.known_values import values_of_alert
from operations.models import Alert, Severity
from operations.workflow import Leaving
from portal import clock
from portal.access import require_look, works_in
from portal.hidden_events import hides_events
from portal.models import Service, User
from portal.pictures import keeper
from portal.slots import contribution, panel
from portal.versions import readable

# They fill slots of their own.
__all__ = [
    "availability_panels",
    "reach_panels",
    "runbook_panels",
    "telling_panels",
    "waking_panels",
]

SHOWN = 5  # rows in a panel
FOUND = 8  # results of a search
NUMBER = re.compile(r"(?:inc-)?(\d{1,12})", re.IGNORECASE)


@panel("home.today", "incidents/panels/today.html", order=10)
def incidents_of_today(user: User, _subject: object) -> dict[str, Any]:
    """What is going on, and the reviews that this person, or their team, still owes."""
    now = clock.now()
    drafts = Review.objects.visible_to(user).owed()
    mine = drafts.filter(Q(owner=user) | Q(incident__service__team__people=user)).distinct()
    reviews = mine.select_related("incident__service", "owner").order_by("due_at")[:FOUND]
    return {
        "rows": unresolved_rows(user),
        "reviews": [
            {"review": review, "clock": shown_review(review, now)} for review in reviews
        ],
    }


@panel("improve.board", "incidents/panels/improve.html", order=30)
def how_reviews_go(user: User, _subject: object) -> dict[str, Any] | None:
    """How long reviews take, which factors come back, and what was closed without one."""
    if not user.may_look:
        return None
    now = clock.now()
    waivers = ReviewWaiver.objects.filter(
        incident__in=Incident.objects.visible_to(user),
        granted_at__gte=now - review_figures.PERIOD,
        revoked_at__isnull=True,
    ).select_related("incident__service", "granted_by")
    rows = [row for row in review_figures.factor_rows(now) if row.count]
    return {
        "times": review_figures.cycle_times(now),
        "factors": rows[:SHOWN],
        "waivers": waivers[:SHOWN],
    }


@contribution("home.answer")
def what_is_open(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """How many incidents wait for somebody, and how many somebody has."""
    unresolved = Incident.objects.visible_to(user).unresolved()
    is_waiting = Q(state=IncidentState.TRIGGERED)
    n = unresolved.aggregate(
        waiting=Count("pk", filter=is_waiting), taken=Count("pk", filter=~is_waiting)
    )
    url = reverse("incidents:incidents")
    if waiting := n["waiting"]:
        text = ngettext(
            "%(n)d incident waits for somebody to take it.",
            "%(n)d incidents wait for somebody to take them.",
            waiting,
        )
        yield {"tone": "bad", "text": text % {"n": waiting}, "url": url + "?state=triggered"}
    if taken := n["taken"]:
        text = ngettext(
            "%(n)d incident is being worked on.", "%(n)d incidents are being worked on.", taken
        )
        yield {"tone": "busy", "text": text % {"n": taken}, "url": url + "?taken=true"}
    reports = ProblemReport.objects.visible_to(user).waiting().count()
    if reports:
        text = ngettext(
            "%(n)d report of a user waits to be looked at.",
            "%(n)d reports of users wait to be looked at.",
            reports,
        )
        url = reverse("incidents:reports") + "?state=new"
        yield {"tone": "busy", "text": text % {"n": reports}, "url": url}
    if not waiting and not taken:
        yield {"tone": "good", "text": _("No incident is open."), "url": ""}


@panel("service.detail", "incidents/panels/service.html", order=10)
def incidents_of_service(user: User, service: Service) -> dict[str, Any]:
    incidents = Incident.objects.visible_to(user).reaching(service)
    past = incidents.exclude(resolved_at=None).with_list_columns().with_clocks()
    now = clock.now()
    return {
        "service": service,
        "rows": unresolved_rows(user, incidents.unresolved()),
        "past": [row_of(incident, now) for incident in past[:SHOWN]],
        "may_work": user.may_work,
    }


@panel("service.detail", "incidents/panels/service_escalation.html", order=12)
def escalation_of_service(user: User, service: Service) -> dict[str, Any]:
    """Which policy the service climbs and why, and whether it waits for business hours."""
    atlas = Atlas.of([service])
    own = atlas.own.get(service.pk)
    return {
        "service": service,
        "route": atlas.route(service, Severity.P0),
        "hours": atlas.hours_of(service),
        "pages_always": bool(own and own.pages_always),
        "may_change": works_in(user, service.team_id),
    }


@panel("alert.detail", "incidents/panels/alert.html", order=10)
def incidents_of_alert(user: User, alert: Alert) -> dict[str, Any] | None:
    incidents = Incident.objects.visible_to(user).filter(alerts__alert=alert)
    now = clock.now()
    shown = incidents.with_list_columns().with_clocks()
    rows = [row_of(incident, now) for incident in shown[:SHOWN]]
    may_declare = user.may_work and not workflow.why_not_declare_from(alert)
    if not rows and not may_declare:
        return None
    return {"rows": rows, "alert": alert, "may_declare": may_declare}


@contribution("frame.band")
def band(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """P0 and P1 that are not resolved concern everybody."""
    grave = Incident.objects.visible_to(user).unresolved().filter(severity__lte=Severity.P1)
    for incident in grave.with_list_columns().order_by("severity", "detected_at")[:SHOWN]:
        yield {
            "kind": "incident",
            "severity": incident.severity,
            "text": f"{incident.service.name}: {incident.title}",
            "url": incident.get_absolute_url(),
        }


@contribution("shift.handover")
def incidents_to_hand_over(user: User, leaving: Leaving) -> Iterator[dict[str, Any]]:
    """What the leaver has acknowledged, and what else is open for the team's services."""
    unresolved = Incident.objects.visible_to(user).unresolved().with_list_columns()
    theirs = Q(service__team=leaving.schedule.team_id) | Q(acknowledged_by=user)
    for incident in unresolved.filter(theirs).order_by("severity", "detected_at"):
        yield {
            "kind": "incident",
            "reference": f"incident:{incident.pk}",
            "text": str(incident),
            "note": f"{incident.get_severity_display()}, {incident.get_state_display()}",
            "url": incident.get_absolute_url(),
            "order": 10,
        }


@contribution("run.values")
def values_of_an_incident(user: User, reference: str) -> Iterator[dict[str, str]]:
    """What the commands of a run for an incident, and its newest alert, are filled with."""
    kind, _colon, key = reference.partition(":")
    if kind != "incident" or not key.isdecimal():
        return
    incident = Incident.objects.visible_to(user).filter(pk=key).first()
    if incident is None:
        return
    newest = incident.alerts.select_related("alert").order_by("-started_at", "-pk").first()
    if newest is not None:
        yield values_of_alert(newest.alert)
    yield {
        "incident.number": f"INC-{incident.pk}",
        "incident.title": incident.title,
        "incident.severity": Severity(incident.severity).name,
        "incident.service": incident.service.slug,
    }


@contribution("thread")
def thread(user: User, subject: Model) -> Iterator[dict[str, Any]]:
    return thread_of(user, subject)


@contribution("improve.figures")
def how_well_we_respond(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """The playbook's figures over the last 90 days."""
    now = clock.now()
    every = _counted(user)
    recent = list(figures.detected_since(every, now - figures.PERIOD))
    detect = figures.of_measure(recent, MEASURES["mttd"], unit=figures.MINUTE)
    yield _told("mttd", detect, _("min"), "?measure=mttd")
    grave = [incident for incident in recent if incident.severity <= Severity.P1]
    answer = figures.of_measure(grave, MEASURES["mtta"], unit=figures.MINUTE)
    yield _told("mtta", answer, _("min"), "?measure=mtta")
    for severity in figures.GRAVE:
        own = [incident for incident in recent if incident.severity == severity]
        resolve = figures.of_measure(own, MEASURES["mttr"], unit=figures.HOUR)
        yield _told(
            f"mttr-p{severity:d}", resolve, _("h"), f"?measure=mttr&severity={severity:d}"
        )


def _counted(user: User) -> IncidentQuerySet:
    """All of them, private ones too: a figure names none."""
    return Incident.objects.all() if user.may_look else Incident.objects.none()


def _told(key: str, figure: figures.Figure, unit: str, query: str) -> dict[str, Any]:
    text = _("mean %(mean)s %(unit)s, median %(median)s, P90 %(p90)s, n = %(n)d") % {
        "mean": figure.mean,
        "median": figure.median,
        "p90": figure.p90,
        "unit": unit,
        "n": figure.n,
    }
    if figure.pending or figure.invalid:
        text += _("; %(pending)d not recorded, %(invalid)d out of order") % {
            "pending": figure.pending,
            "invalid": figure.invalid,
        }
    return {
        "key": key,
        "value": figure.mean,
        "text": text if figure.n else "",
        "state": figure.state,
        "n": figure.n,
        "url": reverse("incidents:learning-rows") + query,
    }


@hides_events
def events_of_private_incidents(user: User | None) -> Q | None:
    """What happened to an incident is for those who see it, and so for no program outside."""
    private = _private_to_others(user)
    if private is None:
        return None
    kinds = ContentType.objects.get_for_models(Incident, Review, ProblemReport)
    reviews = Review.objects.filter(incident__in=private)
    reports = ProblemReport.objects.filter(incident__in=private)
    return (
        Q(content_type=kinds[Incident], object_id__in=private.values("pk"))
        | Q(content_type=kinds[Review], object_id__in=reviews.values("pk"))
        | Q(content_type=kinds[ProblemReport], object_id__in=reports.values("pk"))
    )


@hides_runs
def runs_of_private_incidents(user: User | None) -> Q | None:
    """A run tells of the incident that it is for."""
    private = _private_to_others(user)
    if private is None:
        return None
    named = Concat(Value("incident:"), Cast("pk", CharField()))
    return Q(reference__in=private.annotate(named=named).values("named"))


def _private_to_others(user: User | None) -> IncidentQuerySet | None:
    """The private incidents that the person does not see; None for administrators."""
    private = Incident.objects.filter(is_private=True)
    if user is None:
        return private
    if user.is_administrator:
        return None
    return private.exclude(pk__in=Incident.objects.visible_to(user).values("pk"))


@readable("incidents.incident")
def versions_of_incident(user: User, pk: int) -> Incident:
    return incident_for(user, pk)


@readable("incidents.timelinenote")
def versions_of_note(user: User, pk: int) -> TimelineNote:
    return note_for(user, pk)


@keeper("note")
def pictures_of_note(user: User, pk: int) -> bool:
    """Whoever reads the entry sees its picture; nobody sees that of a removed one."""
    return note_for(user, pk).removed_at is None


@readable("incidents.problemreport")
def versions_of_report(user: User, pk: int) -> ProblemReport:
    return report_for(user, pk)


@readable("incidents.review")
def versions_of_review(user: User, pk: int) -> Review:
    require_look(user)
    return review_for(user, get_object_or_404(Review, pk=pk).incident_id)


@readable("incidents.escalationpolicy")
def versions_of_escalation_policy(user: User, pk: int) -> EscalationPolicy:
    return policy_for(user, pk)


@readable("incidents.severitypolicy")
def versions_of_policy(user: User, pk: int) -> SeverityPolicy:
    require_look(user)
    return get_object_or_404(SeverityPolicy, pk=pk)


@readable("incidents.statustemplate")
def versions_of_template(user: User, pk: int) -> StatusTemplate:
    require_look(user)
    return get_object_or_404(StatusTemplate, pk=pk)


@readable("incidents.reviewtemplate")
def versions_of_review_template(user: User, pk: int) -> ReviewTemplate:
    require_look(user)
    return get_object_or_404(ReviewTemplate, pk=pk)


@readable("incidents.statuscomponent")
def versions_of_component(user: User, pk: int) -> StatusComponent:
    return get_object_or_404(StatusComponent.objects.visible_to(user), pk=pk)


@readable("incidents.componentgroup")
def versions_of_group(user: User, pk: int) -> ComponentGroup:
    require_look(user)
    return get_object_or_404(ComponentGroup, pk=pk)
