"""What maintenance shows on the pages of the floors below, in search and in threads."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from knowledge.models import ActionItem, Document, Revision, RunbookRun
from maintenance.access import policy_for, request_for, standard_for, window_for
from maintenance.figures import counts
from maintenance.models import (
    ENDED,
    ApprovalPolicy,
    Deployment,
    DeploymentResult,
    Freeze,
    MaintenanceRequest,
    MaintenanceWindow,
    StandardChange,
)
from maintenance.presentation import (
    deployment_row,
    request_row,
    window_row,
)
from maintenance.thread import around
from maintenance.views.deployments import stats
from maintenance.workflow.requests import why_not_from_action
from operations.models import Alert, Check
from operations.spans import moment_text, span_text
from operations.workflow import Leaving
from portal import clock
from portal.access import works_in
from portal.models import Service, User
from portal.slots import contribution, panel
from portal.versions import readable

SHOWN = 5  # rows in a panel
FOUND = 8  # results of a search


@panel("home.today", "maintenance/panels/approvals.html", order=20)
def my_approvals(user: User, _subject: object) -> dict[str, Any] | None:
    waiting = MaintenanceRequest.objects.for_approval_by(user).with_list_columns()
    rows = [request_row(item) for item in waiting.order_by("submitted_at")[:SHOWN]]
    return {"rows": rows} if rows else None


@panel("home.today", "maintenance/panels/to_review.html", order=25)
def deployments_to_review(user: User, _subject: object) -> dict[str, Any] | None:
    waiting = Deployment.objects.to_review_by(user).with_list_columns()
    rows = [deployment_row(item) for item in waiting.order_by("-recorded_at")[:SHOWN]]
    return {"rows": rows} if rows else None


@panel("home.today", "maintenance/panels/windows.html", order=60)
def windows_to_come(user: User, _subject: object) -> dict[str, Any] | None:
    now = clock.now()
    windows = MaintenanceWindow.objects.visible_to(user).with_list_columns()
    rows = [window_row(item, now) for item in windows.upcoming(now)[:SHOWN]]
    return {"rows": rows} if rows else None


@contribution("frame.band")
def freezes_in_force(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """Every page says what must not be changed now."""
    now = clock.now()
    freezes = Freeze.objects.visible_to(user).overlapping(now, now + timedelta(seconds=1))
    for freeze in freezes.order_by("closes_at")[:SHOWN]:
        text = _("%(kind)s: %(name)s, until %(end)s%(where)s") % {
            "kind": freeze.get_kind_display(),
            "where": f" ({', '.join(freeze.environments)})" if freeze.environments else "",
            "name": freeze.name,
            "end": moment_text(freeze.closes_at, user.time_zone),
        }
        yield {"kind": "freeze", "text": text, "url": freeze.get_absolute_url()}


@panel("service.detail", "maintenance/panels/service.html", order=40)
def changes_of_service(user: User, service: Service) -> dict[str, Any]:
    now = clock.now()
    requests = MaintenanceRequest.objects.visible_to(user).open().with_list_columns()
    deployments = Deployment.objects.visible_to(user).with_list_columns()
    windows = MaintenanceWindow.objects.visible_to(user).with_list_columns()
    return {
        "service": service,
        "requests": [request_row(item) for item in requests.filter(service=service)[:SHOWN]],
        "deployments": [
            deployment_row(item) for item in deployments.filter(service=service)[:SHOWN]
        ],
        "windows": [
            window_row(item, now)
            for item in windows.upcoming(now).filter(services=service)[:SHOWN]
        ],
    }


@contribution("action.proof")
def deployments_that_arrived(user: User, action: ActionItem) -> Iterator[dict[str, Any]]:
    """What reached production for the service since it was promised."""
    if action.service is None:
        return
    arrived = Deployment.objects.visible_to(user).filter(
        service=action.service,
        result=DeploymentResult.SUCCEEDED,
        finished_at__gte=action.created_at,
    )
    for deployment in arrived.order_by("-finished_at")[:FOUND]:
        yield {
            "reference": f"deployment:{deployment.pk}",
            "kind": "deployment",
            "label": _("%(version)s was deployed") % {"version": deployment.version},
            "url": deployment.get_absolute_url(),
        }


@panel("action.detail", "maintenance/panels/action.html", order=50)
def requests_of_action(user: User, action: ActionItem) -> dict[str, Any]:
    requests = MaintenanceRequest.objects.visible_to(user).with_list_columns()
    rows = [request_row(item) for item in requests.filter(action_item=action)]
    service = action.service
    may_make = works_in(user, service.team_id) if service else user.may_work
    has_open = MaintenanceRequest.objects.open().filter(action_item=action).exists()
    return {
        "action": action,
        "rows": rows,
        "may_make": may_make and not has_open,
        "by_hand": service is None and action.closed_at is None,
        "refusals": why_not_from_action(action),
    }


@panel("document.detail", "maintenance/panels/document.html", order=50)
def requests_of_document(user: User, document: Document) -> dict[str, Any] | None:
    requests = MaintenanceRequest.objects.visible_to(user).with_list_columns()
    revising = requests.select_related("runbook_revision").filter(runbook=document)
    rows = [request_row(item) for item in revising[:SHOWN]]
    return {"rows": rows} if rows else None


@contribution("shift.handover")
def windows_to_hand_over(user: User, leaving: Leaving) -> Iterator[dict[str, Any]]:
    """The windows that run, or begin within a day, for the team's services."""
    soon = leaving.at + timedelta(days=1)
    windows = MaintenanceWindow.objects.visible_to(user).upcoming(leaving.at)
    theirs = windows.filter(services__team=leaving.schedule.team_id, starts_at__lt=soon)
    for window in theirs.distinct():
        yield {
            "kind": "window",
            "reference": f"window:{window.pk}",
            "text": str(window),
            "note": span_text(window.starts_at, window.ends_at, leaving.schedule.time_zone),
            "url": window.get_absolute_url(),
            "order": 30,
        }


@panel("alert.detail", "maintenance/panels/origin.html", order=40)
def requests_of_alert(user: User, alert: Alert) -> dict[str, Any] | None:
    if alert.service is None:
        return None
    url = reverse("maintenance:request-from-alert", args=[alert.pk])
    return _from_origin(user, f"alert:{alert.pk}", alert.service, url)


@panel("check.detail", "maintenance/panels/origin.html", order=40)
def requests_of_check(user: User, check: Check) -> dict[str, Any]:
    url = reverse("maintenance:request-from-check", args=[check.pk])
    return _from_origin(user, f"check:{check.pk}", check.service, url)


def _from_origin(user: User, reference: str, service: Service, url: str) -> dict[str, Any]:
    """The requests that came from it, and where one is made if none is open."""
    requests = MaintenanceRequest.objects.visible_to(user).with_list_columns()
    found = list(requests.filter(origin_reference=reference)[:SHOWN])
    has_open = any(item.state not in ENDED for item in found)
    return {
        "rows": [request_row(item) for item in found],
        "may_make": not has_open and works_in(user, service.team_id),
        "url": url,
    }


@panel("request.side", "maintenance/panels/runs.html", order=20)
def runs_of_a_request(user: User, item: MaintenanceRequest) -> dict[str, Any]:
    """The runs for this request, and the runbooks that one may be started of."""
    reference = f"maintenancerequest:{item.pk}"
    runs = RunbookRun.objects.visible_to(user).with_list_columns()
    books = Document.objects.visible_to(user).runnable()
    about_it = Q(services=item.service) | Q(pk=item.runbook_id)
    return {
        "reference": reference,
        "runs": runs.filter(reference=reference),
        "runbooks": books.filter(about_it).distinct()[:FOUND] if user.may_work else [],
    }


@contribution("run.subject")
def request_that_is_worked_on(user: User, reference: str) -> Iterator[dict[str, Any]]:
    kind, _colon, key = reference.partition(":")
    if kind == "maintenancerequest" and key.isdecimal():
        requests = MaintenanceRequest.objects.visible_to(user).select_related("service")
        for item in requests.filter(pk=key):
            yield {
                "reference_label": str(item),
                "reference_url": item.get_absolute_url(),
                "service": item.service,
            }


@contribution("thread")
def thread(user: User, subject: Model) -> Iterator[dict[str, Any]]:
    """The requests that hang together with the subject, and what hangs on those."""
    requests = MaintenanceRequest.objects.visible_to(user)
    if isinstance(subject, ActionItem):
        yield from around(user, requests.filter(action_item=subject), subject=subject)
    elif isinstance(subject, MaintenanceRequest):
        yield from around(user, requests.filter(pk=subject.pk), subject=subject)
    elif isinstance(subject, Document):
        yield from around(user, requests.filter(runbook=subject)[:FOUND], subject=subject)
    elif isinstance(subject, Revision):
        yield from around(user, requests.filter(runbook_revision=subject), subject=subject)
    elif isinstance(subject, Alert):
        made = requests.filter(origin_reference=f"alert:{subject.pk}")
        yield from around(user, made, subject=subject)
    elif isinstance(subject, Deployment):
        own = requests.filter(pk=subject.request_id) if subject.request_id else requests.none()
        yield from around(user, own, subject=subject, also=subject if user.may_look else None)


KEYS = ["deployment-frequency", "change-failure-rate", "rollback-rate"]


@contribution("improve.figures")
def delivery(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """How often and how well we deployed in the last 90 days."""
    told = counts(Deployment.objects.visible_to(user), clock.now())
    for key, stat in zip(KEYS, stats(told), strict=True):
        value = stat["value"]
        none = value is None
        yield {
            "key": key,
            "value": value,
            "text": _("No deployments") if none else f"{value} {stat['unit']}".strip(),
            "state": "not_applicable" if none else "recorded",
            "n": told.deployments,
            "url": stat["url"],
        }


@readable("maintenance.maintenancerequest")
def versions_of_request(user: User, pk: int) -> MaintenanceRequest:
    return request_for(user, pk)


@readable("maintenance.maintenancewindow")
def versions_of_window(user: User, pk: int) -> MaintenanceWindow:
    return window_for(user, pk)


@readable("maintenance.approvalpolicy")
def versions_of_policy(user: User, pk: int) -> ApprovalPolicy:
    return policy_for(user, pk)


@readable("maintenance.standardchange")
def versions_of_standard(user: User, pk: int) -> StandardChange:
    return standard_for(user, pk)
