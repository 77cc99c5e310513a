"""Verbs on a request until somebody decides about it; after that see `work`."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import ActionItem
from maintenance.models import (
    Category,
    MaintenanceRequest,
    ProcessTemplate,
    RequestState,
    RequestStep,
)
from maintenance.workflow.digest import MATERIAL, digest_of
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import keep, locked, move
from operations.models import Severity
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User

EDITABLE = MATERIAL | {"reason", "priority", "runbook", "implementer"}
TEXTS = ("title", "reason", "plan", "test_evidence", "rollback_plan")


@transaction.atomic
def create_request(
    *,
    title: str,
    category: str,
    service: Service,
    reason: str,
    priority: int = Severity.P3,
    action_item: ActionItem | None = None,
    actor: User,
    **plan: Any,
) -> MaintenanceRequest:
    """
    Make a draft with the steps of its category's process, as they read today.

    `plan` takes what `change_plan` takes. Raises `ValidationError` for values that no request
    may have.
    """
    request = MaintenanceRequest(
        title=title,
        category=category,
        priority=priority,
        service=service,
        reason=reason,
        action_item=action_item,
        requester=actor,
        created_at=clock.now(),
        **plan,
    )
    _tidy(request)
    request.full_clean()
    request.plan_digest = digest_of(request)
    request.changed_by = actor
    request.save()
    _take_steps_from_the_template(request)
    events.record("request.created", request, actor=actor, action=getattr(action_item, "pk", 0))
    return request


@transaction.atomic
def request_from_action(
    action: ActionItem, *, actor: User, category: str = Category.CORRECTIVE
) -> MaintenanceRequest:
    """
    Make a draft that carries out an action item; answer with the open one if there is one.

    Raises `TransitionNotAllowed` if the action names no service, or is finished.
    """
    action = (
        ActionItem.objects.select_for_update(of=("self",))
        .select_related("service")
        .get(pk=action.pk)
    )
    if existing := MaintenanceRequest.objects.open().filter(action_item=action).first():
        return existing
    if refused := why_not_from_action(action):
        raise TransitionNotAllowed(refused)
    assert action.service is not None
    return create_request(
        title=action.title,
        category=category,
        service=action.service,
        reason=reason_from(action),
        action_item=action,
        actor=actor,
    )


def why_not_from_action(action: ActionItem) -> list[Refusal]:
    """Return every reason why no request can be made from this action in one step."""
    refused = []
    if action.closed_at is not None:
        sentence = _("The action is finished.")
        refused.append(Refusal("action_finished", sentence, _("Reopen it first.")))
    if action.service is None:
        sentence = _("The action names no service, so nobody knows whose request it would be.")
        remedy = _("Write the request by hand.")
        refused.append(Refusal("no_service", sentence, remedy))
    return refused


def reason_from(action: ActionItem) -> str:
    """Say in words why a request that carries out this action is made."""
    reason = _("Promised as an action item: %(title)s.") % {"title": action.title}
    if action.reference_label:
        reason += " " + _("It came from %(origin)s.") % {"origin": action.reference_label}
    return reason


@transaction.atomic
def change_plan(
    request: MaintenanceRequest, *, actor: User | None, seen: str | None = None, **fields: Any
) -> MaintenanceRequest:
    """
    Edit the request; another plan takes back what was approved or rejected.

    While it awaits approval it goes on waiting, with a new digest. Votes on the old plan stay
    as superseded. `seen` is the digest of the plan that the writer had before them. Raises
    `ValidationError` for values that no request may have.
    """
    assert fields.keys() <= EDITABLE
    request = locked(request)
    require(request, Verb.CHANGE_PLAN, actor, digest=seen)
    before = {name: getattr(request, name) for name in fields}
    old_digest = request.plan_digest
    for name, value in fields.items():
        setattr(request, name, value)
    _tidy(request)
    changed = sorted(name for name in fields if getattr(request, name) != before[name])
    if not changed:
        return request
    request.plan_digest = digest_of(request)
    material = request.plan_digest != old_digest
    require(request, Verb.CHANGE_PLAN, actor, material=material)
    request.full_clean()
    if "runbook" in changed:
        request.runbook_revision = None
    if material:
        _take_back_the_decision(request)
    keep(request, actor, *changed, *KEPT_BY_AN_EDIT)
    if "category" in changed:
        _take_steps_from_the_template(request)
    events.record(
        "request.plan_changed",
        request,
        actor=actor,
        fields=changed,
        digest=request.plan_digest,
        was_digest=old_digest,
    )
    return request


KEPT_BY_AN_EDIT = ("plan_digest", "state", "submitted_at", "decided_at", "runbook_revision")


@transaction.atomic
def submit(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """Ask the managers of the owner team to decide about the plan as it is."""
    request = locked(request)
    now = now or clock.now()
    require(request, Verb.SUBMIT, actor, now=now)
    return move(
        request,
        Verb.SUBMIT,
        "submitted",
        actor=actor,
        fields={"submitted_at": now, "decided_at": None},
        digest=request.plan_digest,
    )


@transaction.atomic
def withdraw(
    request: MaintenanceRequest, *, actor: User | None, reason: str = ""
) -> MaintenanceRequest:
    """Give the request up before work begins; it can be taken back to draft later."""
    request = locked(request)
    require(request, Verb.WITHDRAW, actor)
    supersede_votes(request)
    return move(request, Verb.WITHDRAW, "withdrawn", actor=actor, fields={}, reason=reason)


@transaction.atomic
def back_to_draft(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """Take the request back from approval, decision or withdrawal, to go on writing."""
    request = locked(request)
    require(request, Verb.BACK_TO_DRAFT, actor)
    supersede_votes(request)
    fields = {"submitted_at": None, "decided_at": None}
    return move(request, Verb.BACK_TO_DRAFT, "returned_to_draft", actor=actor, fields=fields)


def supersede_votes(request: MaintenanceRequest) -> None:
    """Votes are kept for ever; from now on these do not count."""
    request.votes.filter(superseded_at=None).update(superseded_at=clock.now())


def _take_back_the_decision(request: MaintenanceRequest) -> None:
    supersede_votes(request)
    if request.state in {RequestState.APPROVED, RequestState.REJECTED}:
        request.state = RequestState.DRAFT
        request.submitted_at = request.decided_at = None


def _tidy(request: MaintenanceRequest) -> None:
    """Write line ends one way and times in minutes: else a form alone makes another plan."""
    for name in TEXTS:
        text = str(getattr(request, name))
        setattr(request, name, text.replace("\r\n", "\n").replace("\r", "\n").strip())
    for name in ("planned_start", "planned_end"):
        if moment := getattr(request, name):
            setattr(request, name, moment.replace(second=0, microsecond=0))


def _take_steps_from_the_template(request: MaintenanceRequest) -> None:
    template = ProcessTemplate.objects.filter(category=request.category).first()
    request.steps.all().delete()
    RequestStep.objects.bulk_create(
        RequestStep(request=request, order=order, text=text)
        for order, text in enumerate(template.steps if template else [], start=1)
    )
