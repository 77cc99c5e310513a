"""Verbs on a request until somebody decides about it; after that see `work`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import ActionItem
from maintenance.models import (
    ENDED,
    READY,
    Category,
    ExclusiveResource,
    MaintenanceRequest,
    OriginKind,
    RequestState,
    environment_named,
)
from maintenance.policies import Traits, rule_for
from maintenance.risk import level_for
from maintenance.workflow.authorising import authorise_if_standard
from maintenance.workflow.ballots import keep_asked
from maintenance.workflow.digest import MATERIAL, digest_of
from maintenance.workflow.feeds import publish
from maintenance.workflow.guards import Verb, refusals, require
from maintenance.workflow.moves import keep, locked, move, put, supersede_votes
from maintenance.workflow.processes import copy_steps, published_version
from operations.models import Severity
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User

EDITABLE = MATERIAL | {"reason", "priority", "runbook", "implementer", "announces"}
KEYS = {"other_services": "services", "resources": "resources"}  # of `touches`
LISTS = KEYS.keys()
TEXTS = (
    *("title", "reason", "plan", "test_evidence", "rollback_plan"),
    *("environment", "artefact_sha256"),
)


@transaction.atomic
def create_request(
    *,
    title: str,
    category: str,
    service: Service,
    reason: str,
    priority: int = Severity.P3,
    action_item: ActionItem | None = None,
    other_services: Iterable[Service] = (),
    resources: Iterable[ExclusiveResource] = (),
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
    request.environment = environment_named(request.environment)
    _list_touched(request, other_services=other_services, resources=resources)
    request.full_clean()
    request.plan_digest = digest_of(request)
    request.template_version = published_version(request.category)
    request.risk_level = level_for(request, request.created_at)
    request.changed_by = actor
    request.save()
    publish(request)
    if request.touches:
        _keep_lists(request)
    copy_steps(request)
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
        origin_kind=OriginKind.ACTION,
        origin_reference=f"actionitem:{action.pk}",
        origin_label=action.title,
        origin_url=action.get_absolute_url(),
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

    So does a repair that becomes P0, as freezes let that pass. While it awaits approval it
    goes on waiting, with a new digest. Votes on the old plan stay as superseded. `seen` is the
    digest of the plan that the writer had before them. Raises `ValidationError` for values
    that no request may have.
    """
    assert fields.keys() <= EDITABLE
    request = locked(request)
    require(request, Verb.CHANGE_PLAN, actor, digest=seen)
    listed = {name: fields.pop(name) for name in LISTS & fields.keys()}
    before = {name: getattr(request, name) for name in fields}
    before_touches = request.touches
    old_digest = request.plan_digest
    _set(request, fields)
    _tidy(request)
    _list_touched(request, **listed)
    changed = sorted(name for name in fields if getattr(request, name) != before[name])
    changed += sorted(
        name
        for name, key in KEYS.items()
        if request.touches.get(key, []) != before_touches.get(key, [])
    )
    if not changed:
        return request
    request.plan_digest = digest_of(request)
    material = request.plan_digest != old_digest or _passes_freezes(request, before)
    require(request, Verb.CHANGE_PLAN, actor, material=material)
    request.full_clean()
    if "runbook" in changed:
        request.runbook_revision = None
        request.runbook_right_because = ""
    if material:
        _make_another_plan(request)
    if "category" in changed:
        request.template_version = published_version(request.category)
        copy_steps(request)
    columns = [name for name in changed if name not in LISTS]
    keep(request, actor, *columns, *KEPT_BY_AN_EDIT)
    if request.touches != before_touches:
        _keep_lists(request)
    keep_asked(request, clock.now())
    events.record(
        "request.plan_changed",
        request,
        actor=actor,
        fields=changed,
        digest=request.plan_digest,
        was_digest=old_digest,
        material=material,
    )
    if material:
        authorise_if_standard(request, actor=actor, now=clock.now())
    return request


def _passes_freezes(request: MaintenanceRequest, before: dict[str, Any]) -> bool:
    """A repair that has become P0 may go on in a freeze: others decided about less."""
    repair = request.category == Category.CORRECTIVE and request.priority == Severity.P0
    return repair and before.get("priority", Severity.P0) != Severity.P0


KEPT_BY_AN_EDIT = (
    *("plan_digest", "touches", "template_version", "risk_level"),
    "state",
    "held_from",
    "submitted_at",
    "decided_at",
    "approved_until",
    "approval_rule",
    "runbook_revision",
    "runbook_right_because",
)


@transaction.atomic
def submit(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """
    Hand the draft in.

    When all that approvers need is there it goes on to them at once; else it waits to be
    assessed.
    """
    request = locked(request)
    now = now or clock.now()
    require(request, Verb.SUBMIT, actor, now=now)
    fields = {"submitted_at": now, "decided_at": None, "held_seconds": 0}
    move(request, Verb.SUBMIT, "submitted", actor=actor, fields=fields)
    if authorise_if_standard(request, actor=actor, now=now):
        return request
    if refusals(request, Verb.ASK_APPROVAL, actor, now=now):
        return request
    return _ask_approval(request, actor=actor)


@transaction.atomic
def assess(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """Take up the analysis of what was handed in."""
    request = locked(request)
    require(request, Verb.ASSESS, actor)
    return move(request, Verb.ASSESS, "assessment_began", actor=actor, fields={})


@transaction.atomic
def ask_approval(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """Ask those who decide about the plan as it is."""
    request = locked(request)
    require(request, Verb.ASK_APPROVAL, actor, now=now)
    return _ask_approval(request, actor=actor)


def _ask_approval(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    request.risk_level = level_for(request, clock.now())  # the service's history went on
    return move(
        request,
        Verb.ASK_APPROVAL,
        "approval_asked",
        actor=actor,
        fields={
            "risk_level": request.risk_level,
            "approval_rule": rule_for(Traits.of(request)),
        },
        digest=request.plan_digest,
    )


@transaction.atomic
def withdraw(
    request: MaintenanceRequest, *, actor: User | None, reason: str = ""
) -> MaintenanceRequest:
    """Give the request up before it is decided; it can be taken back to draft later."""
    request = locked(request)
    require(request, Verb.WITHDRAW, actor)
    supersede_votes(request)
    return move(request, Verb.WITHDRAW, "withdrawn", actor=actor, fields={}, reason=reason)


@transaction.atomic
def cancel(
    request: MaintenanceRequest, *, reason: str, actor: User | None
) -> MaintenanceRequest:
    """Give the request up for good, before its work begins."""
    request = locked(request)
    require(request, Verb.CANCEL, actor, reason=reason)
    supersede_votes(request)
    fields = {"held_from": "", "held_at": None}
    return move(request, Verb.CANCEL, "cancelled", actor=actor, fields=fields, reason=reason)


@transaction.atomic
def hold(
    request: MaintenanceRequest,
    *,
    reason: str,
    actor: User | None,
    now: datetime | None = None,
) -> MaintenanceRequest:
    """Let it rest where it is: votes are kept, clocks stop, nobody is asked or reminded."""
    request = locked(request)
    require(request, Verb.HOLD, actor, reason=reason)
    fields = {"held_from": request.state, "held_at": now or clock.now()}
    return move(request, Verb.HOLD, "held", actor=actor, fields=fields, reason=reason)


@transaction.atomic
def resume(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """
    Go on where it was held; every rule is asked again at the next step.

    What was scheduled is so again only if its time still stands; else it is approved only.
    """
    request = locked(request)
    require(request, Verb.RESUME, actor, now=now)
    back = RequestState(request.held_from)
    if back == RequestState.SCHEDULED:
        request.state = RequestState.APPROVED
        if refusals(request, Verb.SCHEDULE, actor, now=now):
            back = RequestState.APPROVED
    fields = {"held_from": "", "held_at": None, "held_seconds": _rested(request, now)}
    return put(request, back, "resumed", actor=actor, fields=fields)


def _rested(request: MaintenanceRequest, now: datetime | None) -> int:
    """For how many seconds in all its clock has stood still."""
    if request.held_at is None:
        return request.held_seconds
    rested = (now or clock.now()) - request.held_at
    return request.held_seconds + max(0, int(rested.total_seconds()))


@transaction.atomic
def back_to_draft(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """Take the request back from approval, decision or withdrawal, to go on writing."""
    request = locked(request)
    require(request, Verb.BACK_TO_DRAFT, actor)
    supersede_votes(request)
    fields: dict[str, Any] = dict.fromkeys(("submitted_at", "decided_at", "approved_until"))
    fields["approval_rule"] = {}
    return move(request, Verb.BACK_TO_DRAFT, "returned_to_draft", actor=actor, fields=fields)


def _make_another_plan(request: MaintenanceRequest) -> None:
    """It is decided anew, and may be riskier and need another rule."""
    _take_back_the_decision(request)
    request.risk_level = level_for(request, clock.now())
    if request.approval_rule:
        request.approval_rule = rule_for(Traits.of(request))


def _take_back_the_decision(request: MaintenanceRequest) -> None:
    """What was decided on goes back to whom it needs; on hold it will do so when it goes on."""
    supersede_votes(request)
    here = "held_from" if request.state == RequestState.ON_HOLD else "state"
    was = getattr(request, here)
    if was in READY:
        unvoted = request.standard_version_id is not None and not request.approval_rule
        back = RequestState.SUBMITTED if unvoted else RequestState.AWAITING_APPROVAL
        setattr(request, here, back)
        request.decided_at = request.approved_until = None
    elif was in ENDED:
        request.state = RequestState.DRAFT
        request.submitted_at = request.decided_at = request.approved_until = None


def _set(request: MaintenanceRequest, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(request, name, environment_named(value) if name == "environment" else value)


def _tidy(request: MaintenanceRequest) -> None:
    """Write line ends one way and times in minutes: else a form alone makes another plan."""
    for name in TEXTS:
        text = str(getattr(request, name))
        setattr(request, name, text.replace("\r\n", "\n").replace("\r", "\n").strip())
    for name in ("planned_start", "planned_end"):
        if moment := getattr(request, name):
            setattr(request, name, moment.replace(second=0, microsecond=0))


def _list_touched(request: MaintenanceRequest, **lists: Iterable[Any]) -> None:
    """Write into `touches` what the lists name; those that are not given stay."""
    touches = dict(request.touches)
    for name, rows in lists.items():
        touches[KEYS[name]] = sorted({row.pk for row in rows})
    others = touches.get("services", [])
    touches["services"] = [pk for pk in others if pk != request.service_id]
    request.touches = {key: ids for key, ids in touches.items() if ids}


def _keep_lists(request: MaintenanceRequest) -> None:
    """Bring the rows of the lists in line with `touches`, which has the last word."""
    request.other_services.set(request.touches.get("services", []))
    request.resources.set(request.touches.get("resources", []))
