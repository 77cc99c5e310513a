"""
Every write of action items: one owner, one due date, and an end that says how.

`remind_at` is worked out whenever owner, due date or state change; the reminder task only
compares it with the clock.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.models import ACTION_TRANSITIONS, ActionItem, ActionState, Origin
from knowledge.reminders import managers_hear_of_it, next_reminder
from portal import clock, events, notify
from portal.access import managers_of
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Event, Membership, Service, TeamRole, Urgency, User


@transaction.atomic
def create_action(
    *,
    title: str,
    owner: User,
    due_on: date,
    actor: User | None,
    service: Service | None = None,
    origin: str = Origin.BY_HAND,
    reference: str = "",
    reference_label: str = "",
    reference_url: str = "",
) -> ActionItem:
    """Promise something; `reference` names where it came from, such as "incident:7"."""
    if not owner.may_work:
        raise TransitionNotAllowed([_cannot_own(owner)])
    now = clock.now()
    action = ActionItem(
        title=title,
        owner=owner,
        due_on=due_on,
        service=service,
        origin=Origin(origin),
        reference=reference,
        reference_label=reference_label[:250],
        reference_url=reference_url,
        created_at=now,
        remind_at=_next_reminder(owner, due_on, now),
    )
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
) -> ActionItem:
    """Change the words, the owner or the due date of what is not finished; None leaves it."""
    locked = _locked(action)
    if reasons := why_not_change(locked):
        raise TransitionNotAllowed(reasons)
    wanted = {"title": title, "owner": owner, "due_on": due_on}
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(locked, name)
    }
    if not changes:
        return locked
    if owner is not None and not owner.may_work:
        raise TransitionNotAllowed([_cannot_own(owner)])
    before = {name: str(getattr(locked, name)) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.remind_at = _next_reminder(locked.owner, locked.due_on, clock.now())
    _save(locked, actor, "remind_at", *changes)
    notify.cancel(topic_of(locked))
    after = {name: str(value) for name, value in changes.items()}
    events.record("action.changed", locked, actor=actor, before=before, after=after)
    return locked


@transaction.atomic
def start_action(action: ActionItem, *, actor: User | None) -> ActionItem:
    return _move(action, ActionState.IN_PROGRESS, actor=actor, event="action.started")


@transaction.atomic
def finish_action(action: ActionItem, *, proof: str, actor: User | None) -> ActionItem:
    """Say that it is done; `proof` is an address or words by which others can see it."""
    if not proof.strip():
        raise refuse("proof_missing", _("Say by what others can see that it is done."))
    return _move(
        action, ActionState.DONE, actor=actor, event="action.done", proof=proof.strip()
    )


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
    return _move(
        action,
        ActionState.OPEN,
        actor=actor,
        event="action.reopened",
        reason=reason.strip(),
        proof="",
        dropped_reason="",
    )


def refusals(action: ActionItem, to: ActionState) -> list[Refusal]:
    """Return every reason why `action` cannot become `to` now; empty when it can."""
    current = ActionState(action.state)
    if to in ACTION_TRANSITIONS[current]:
        return []
    sentence = _("This action item is “%(current)s”; it cannot become “%(to)s”.")
    return [Refusal("wrong_state", sentence % {"current": current.label, "to": to.label})]


def why_not_change(action: ActionItem) -> list[Refusal]:
    if action.closed_at:
        sentence = _("This action item is finished.")
        return [Refusal("action_finished", sentence, _("Reopen it to change it."))]
    return []


@transaction.atomic
def remind(action_id: int, *, now: datetime) -> bool:
    """Remind the owner if that is still owed; of several workers, one does."""
    action = ActionItem.objects.select_related("owner", "service").get(pk=action_id)
    due = ActionItem.objects.filter(pk=action_id, remind_at=action.remind_at)
    following = _next_reminder(action.owner, action.due_on, now)
    # Compare and swap: of two workers only one still finds the reminder due.
    if not due.with_reminder_due(now).update(remind_at=following):
        return False
    event = events.record("action.reminded", action, actor=None, due_on=str(action.due_on))
    today = now.astimezone(ZoneInfo(action.owner.time_zone)).date()
    _tell(action.owner, action, event, today)
    if managers_hear_of_it(action.due_on, today):
        for manager in _managers(action).exclude(pk=action.owner_id):
            _tell(manager, action, event, today)
    return True


def topic_of(action: ActionItem) -> str:
    return f"action:{action.pk}"


def _move(
    action: ActionItem,
    to: ActionState,
    *,
    actor: User | None,
    event: str,
    reason: str = "",
    **fields: str,
) -> ActionItem:
    locked = _locked(action)
    if reasons := refusals(locked, to):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    is_end = to in {ActionState.DONE, ActionState.DROPPED}
    said: dict[str, Any] = {
        name: value or getattr(locked, name) for name, value in fields.items()
    }
    locked.state = to
    locked.closed_at = now if is_end else None
    locked.remind_at = None if is_end else _next_reminder(locked.owner, locked.due_on, now)
    for name, value in fields.items():
        setattr(locked, name, value)
    _save(locked, actor, "state", "closed_at", "remind_at", *fields)
    if is_end:
        notify.cancel(topic_of(locked))
    events.record(event, locked, actor=actor, reason=reason, **said)
    return locked


def _locked(action: ActionItem) -> ActionItem:
    return (
        ActionItem.objects.select_for_update(of=("self",))
        .select_related("owner", "service")
        .get(pk=action.pk)
    )


def _save(action: ActionItem, actor: User | None, *fields: str) -> None:
    action.changed_by = actor
    action.save(update_fields=fields)


def _next_reminder(owner: User, due_on: date, after: datetime) -> datetime:
    return next_reminder(due_on, after, ZoneInfo(owner.time_zone))


def _cannot_own(person: User) -> Refusal:
    sentence = _("%(person)s may not work here and cannot own an action item.")
    return Refusal("owner_may_not_work", sentence % {"person": person})


def _managers(action: ActionItem) -> QuerySet[User]:
    """Of the service's team; where there is no service, of the owner's teams."""
    if action.service:
        return managers_of(action.service.team_id)
    teams = Membership.objects.filter(person=action.owner).values("team")
    return User.objects.filter(
        is_active=True, membership__team__in=teams, membership__role=TeamRole.MANAGER
    ).distinct()


def _tell(person: User, action: ActionItem, event: Event, today: date) -> None:
    notify.notify(
        person,
        key=f"action:{action.pk}:reminder:{event.pk}",
        urgency=Urgency.LOW,
        kind="reminder",
        subject=_("%(when)s: %(title)s")
        % {"when": _when(action.due_on, today), "title": action.title},
        body=_("%(title)s\n\nOwner: %(owner)s\nDue: %(due_on)s")
        % {"title": action.title, "owner": action.owner, "due_on": action.due_on},
        url=action.get_absolute_url(),
        topic=topic_of(action),
        event=event,
    )


def _when(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days == 0:
        return _("Due today")
    if days > 0:
        return ngettext("Due in %(n)d day", "Due in %(n)d days", days) % {"n": days}
    return ngettext("Overdue by %(n)d day", "Overdue by %(n)d days", -days) % {"n": -days}
