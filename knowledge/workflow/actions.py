"""
Every write of action items: one owner, one due date, and an end that says how.

`remind_at` is worked out whenever owner, due date or state change; the reminder task only
compares it with the clock.
"""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import (
    ACTION_TRANSITIONS,
    ActionItem,
    ActionState,
    Origin,
    Priority,
    ProofKind,
)
from knowledge.proofs import proofs_for
from knowledge.workflow.action_reminders import tell_of_action
from knowledge.workflow.action_saving import (
    cannot_own,
    locked_action,
    managers_for,
    next_reminder_of,
    save_action,
    topic_of,
    why_not_change,
)
from portal import clock, events, notify
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, User

AGAIN_WITHIN = timedelta(days=14)  # what did not hold is due anew
NO_PROOF = {"proof_kind": ProofKind.EVIDENCE, "proof_reference": "", "proof_url": ""}


@transaction.atomic
def create_action(
    *,
    title: str,
    owner: User,
    due_on: date,
    actor: User | None,
    service: Service | None = None,
    priority: int = Priority.NORMAL,
    verification: str = "",
    origin: str = Origin.BY_HAND,
    reference: str = "",
    reference_label: str = "",
    reference_url: str = "",
) -> ActionItem:
    """Promise something; `reference` names where it came from, such as "incident:7"."""
    if not owner.may_work:
        raise TransitionNotAllowed([cannot_own(owner)])
    now = clock.now()
    action = ActionItem(
        title=title,
        owner=owner,
        due_on=due_on,
        service=service,
        priority=Priority(priority),
        verification=verification,
        origin=Origin(origin),
        reference=reference,
        reference_label=reference_label[:250],
        reference_url=reference_url,
        created_at=now,
    )
    action.remind_at = next_reminder_of(action, now)
    action.changed_by = actor
    action.save()
    events.record("action.created", action, actor=actor, owner=owner.pk, due_on=str(due_on))
    return action


@transaction.atomic
def change_action(
    action: ActionItem,
    *,
    actor: User | None,
    title: str | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    priority: int | None = None,
    verification: str | None = None,
) -> ActionItem:
    """Change what is not finished; None leaves it as it is."""
    locked = locked_action(action)
    if reasons := why_not_change(locked):
        raise TransitionNotAllowed(reasons)
    wanted = {
        "title": title,
        "owner": owner,
        "due_on": due_on,
        "priority": priority,
        "verification": verification,
    }
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(locked, name)
    }
    if not changes:
        return locked
    if owner is not None and not owner.may_work:
        raise TransitionNotAllowed([cannot_own(owner)])
    before = {name: str(getattr(locked, name)) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.remind_at = next_reminder_of(locked, clock.now())
    save_action(locked, actor, "remind_at", *changes)
    notify.cancel(topic_of(locked))
    after = {name: str(value) for name, value in changes.items()}
    events.record("action.changed", locked, actor=actor, before=before, after=after)
    return locked


@transaction.atomic
def start_action(action: ActionItem, *, actor: User | None) -> ActionItem:
    return _move(action, ActionState.IN_PROGRESS, actor=actor, event="action.started")


@transaction.atomic
def finish_action(
    action: ActionItem,
    *,
    actor: User | None,
    proof: str = "",
    proof_url: str = "",
    proof_reference: str = "",
) -> ActionItem:
    """
    Say that it is done, and by what others can see that it worked.

    `proof_reference` is one of `proofs_for`; else `proof` is words, with an address in them or
    in `proof_url` where a review asked for the action.
    """
    shown = _proof_of(action, actor, proof.strip(), proof_url.strip(), proof_reference)
    return _move(action, ActionState.DONE, actor=actor, event="action.done", **shown)


@transaction.atomic
def drop_action(action: ActionItem, *, reason: str, actor: User | None) -> ActionItem:
    if not reason.strip():
        raise refuse("reason_missing", _("Say why this will not be done."))
    return _move(
        action,
        ActionState.DROPPED,
        actor=actor,
        event="action.dropped",
        dropped_reason=reason.strip(),
    )


@transaction.atomic
def reopen_action(action: ActionItem, *, reason: str, actor: User | None) -> ActionItem:
    """Put it back on the list; the event keeps the proof or reason that it had."""
    if not reason.strip():
        raise refuse("reason_missing", _("Say why this is to be done after all."))
    reopened = _move(
        action,
        ActionState.OPEN,
        actor=actor,
        event="action.reopened",
        reason=reason.strip(),
        proof="",
        dropped_reason="",
    )
    for name, value in NO_PROOF.items():
        setattr(reopened, name, value)
    save_action(reopened, actor, *NO_PROOF)
    return reopened


@transaction.atomic
def reopen_as_finding(action: ActionItem, *, because: str, actor: User | None) -> ActionItem:
    """
    What it should have prevented has happened again: it is to be done anew, and is marked.

    The owner and the managers hear of it. A due date that has passed is moved ahead.
    """
    reopened = reopen_action(action, reason=because, actor=actor)
    now = clock.now()
    today = now.astimezone(ZoneInfo(reopened.owner.time_zone)).date()
    reopened.recurred_at = now
    reopened.due_on = max(reopened.due_on, today + AGAIN_WITHIN)
    reopened.remind_at = next_reminder_of(reopened, now)
    save_action(reopened, actor, "recurred_at", "due_on", "remind_at")
    event = events.record("action.recurred", reopened, actor=actor, what=because)
    people = {reopened.owner.pk: reopened.owner}
    people |= {manager.pk: manager for manager in managers_for(reopened)}
    for person in people.values():
        tell_of_action(person, reopened, event, _("It came back"))
    return reopened


def refusals(action: ActionItem, to: ActionState) -> list[Refusal]:
    """Return every reason why `action` cannot become `to` now; empty when it can."""
    current = ActionState(action.state)
    if to in ACTION_TRANSITIONS[current]:
        return []
    sentence = _("This action item is “%(current)s”; it cannot become “%(to)s”.")
    return [Refusal("wrong_state", sentence % {"current": current.label, "to": to.label})]


def _proof_of(
    action: ActionItem, actor: User | None, words: str, url: str, reference: str
) -> dict[str, str]:
    if reference:
        return _known_proof(action, actor, words, reference)
    if not words:
        raise refuse("proof_missing", _("Say by what others can see that it is done."))
    is_linked = bool(url) or "://" in words
    if action.origin == Origin.REVIEW and not is_linked:
        raise refuse(
            "proof_link_missing",
            _("What a review asked for is proved by something that others can look at."),
            _("Add an address, or choose a check, a drill or a deployment."),
        )
    return {"proof": words, **NO_PROOF, "proof_url": url}


def _known_proof(
    action: ActionItem, actor: User | None, words: str, reference: str
) -> dict[str, str]:
    offered = proofs_for(actor, action) if actor else []
    chosen = next((proof for proof in offered if proof.reference == reference), None)
    if chosen is None:
        sentence = _(
            "This does not prove it: it failed, is not about this service, or is gone."
        )
        raise refuse("proof_unknown", sentence)
    said = f"{chosen.label}: {words}" if words else chosen.label
    return {
        "proof": said[:500],
        "proof_kind": chosen.kind,
        "proof_reference": chosen.reference,
        "proof_url": chosen.url,
    }


def _move(
    action: ActionItem,
    to: ActionState,
    *,
    actor: User | None,
    event: str,
    reason: str = "",
    **fields: str,
) -> ActionItem:
    locked = locked_action(action)
    if reasons := refusals(locked, to):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    is_end = to in {ActionState.DONE, ActionState.DROPPED}
    said: dict[str, Any] = {
        name: value or getattr(locked, name) for name, value in fields.items()
    }
    locked.state = to
    locked.closed_at = now if is_end else None
    locked.remind_at = None if is_end else next_reminder_of(locked, now)
    for name, value in fields.items():
        setattr(locked, name, value)
    save_action(locked, actor, "state", "closed_at", "remind_at", *fields)
    if is_end:
        notify.cancel(topic_of(locked))
    events.record(event, locked, actor=actor, reason=reason, **said)
    return locked
