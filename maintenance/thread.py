"""The lines of a thread around requests: the action, the request, deployments, the runbook."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from knowledge.models import ActionItem, ActionState, Revision
from maintenance.models import AUTHORISED_STATES, Deployment, MaintenanceRequest, OriginKind
from maintenance.presentation import status_of, status_of_deployment
from portal.models import User

ACTION_TONES = {
    ActionState.OPEN: "info",
    ActionState.IN_PROGRESS: "busy",
    ActionState.DONE: "good",
    ActionState.DROPPED: "neutral",
}
Line = dict[str, Any]
MOST = 20  # deployments
# Incidents show themselves, to whom may see them.
SHOWN_ORIGINS = {
    OriginKind.REPORT,
    OriginKind.ALERT,
    OriginKind.CHECK,
    OriginKind.FORECAST,
}


def around(
    user: User,
    requests: QuerySet[MaintenanceRequest],
    *,
    subject: Model,
    also: Deployment | None = None,
) -> Iterator[Line]:
    """
    Return a line for each request and for what it hangs together with, as the user may read.

    `also` is a deployment that need not have a request. What is still to come in the loop is
    there as a missing line.
    """
    found = list(
        requests.select_related("action_item", "service", "runbook_revision__document")
    )
    wanted = Q(request__in=[item.pk for item in found]) | Q(pk=also.pk if also else None)
    deployments = list(Deployment.objects.filter(wanted).select_related("service")[:MOST])
    readable = _readable(user, found)
    for item in found:
        yield from _of(item, subject, readable)
    for deployment in deployments:
        yield _deployment(deployment, subject)
    if not found and isinstance(subject, ActionItem | Deployment):
        yield _missing("request", _("No maintenance request"), 50)
    if found and not deployments and any(item.state in AUTHORISED_STATES for item in found):
        yield _missing("deployment", _("No deployment yet"), 60)


def _readable(user: User, found: list[MaintenanceRequest]) -> set[int]:
    """The revisions that came from these requests and that the user may read."""
    keys = [item.runbook_revision_id for item in found if item.runbook_revision_id]
    if not keys:
        return set()
    revisions = Revision.objects.visible_to(user).filter(pk__in=keys)
    return set(revisions.values_list("pk", flat=True))


def _of(item: MaintenanceRequest, subject: Model, readable: set[int]) -> Iterator[Line]:
    if item.action_item is not None:
        yield _action(item.action_item, subject)
    elif item.origin_kind in SHOWN_ORIGINS:
        yield _origin(item)
    label, tone = status_of(item)
    yield _line("request", item, label, tone, item.created_at, 50, subject)
    revision = item.runbook_revision
    if revision is not None and revision.pk in readable:
        status = str(revision.get_state_display())
        yield _line("document", revision, status, "good", revision.published_at, 70, subject)
    elif revision is None and item.runbook_id is not None:
        yield _missing("document", _("Runbook still to be revised"), 70)


def _origin(item: MaintenanceRequest) -> Line:
    """As it was called when the request was made; who may see more of it adds that."""
    return {
        "kind": item.origin_kind,
        "label": item.origin_label,
        "url": item.origin_url,
        "status": "",
        "tone": "neutral",
        "at": item.created_at,
        "missing": False,
        "current": False,
        "order": 10,
    }


def _action(action: ActionItem, subject: Model) -> Line:
    tone = ACTION_TONES[ActionState(action.state)]
    status = str(action.get_state_display())
    return _line("action", action, status, tone, action.created_at, 40, subject)


def _deployment(deployment: Deployment, subject: Model) -> Line:
    label, tone = status_of_deployment(deployment)
    at = deployment.finished_at or deployment.recorded_at
    return _line("deployment", deployment, label, tone, at, 60, subject)


def _line(
    kind: str, thing: Any, status: str, tone: str, at: Any, order: int, subject: Model
) -> Line:
    return {
        "kind": kind,
        "label": str(thing),
        "url": thing.get_absolute_url(),
        "status": status,
        "tone": tone,
        "at": at,
        "missing": False,
        "current": thing == subject,
        "order": order,
    }


def _missing(kind: str, label: str, order: int) -> Line:
    return {
        "kind": kind,
        "label": label,
        "url": f"#no-{kind}",
        "status": "",
        "tone": "neutral",
        "at": None,
        "missing": True,
        "current": False,
        "order": order,
    }
