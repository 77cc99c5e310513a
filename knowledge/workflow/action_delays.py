"""
Putting an action item off: to a later day, or out of sight for a while. Both say why.

Postponing moves the promise and is counted; snoozing leaves it where it is and is quiet.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import ActionItem
from knowledge.workflow.action_saving import (
    locked_action,
    next_reminder_of,
    save_action,
    topic_of,
    why_not_change,
)
from portal import clock, events, notify
from portal.errors import TransitionNotAllowed, refuse
from portal.models import User

LONGEST_SNOOZE = timedelta(days=90)


@transaction.atomic
def postpone_action(
    action: ActionItem, *, due_on: date, reason: str, actor: User | None
) -> ActionItem:
    """Promise it for a later day; the event keeps the day that was promised before."""
    locked = _begin(action, reason)
    if due_on <= locked.due_on:
        sentence = _("It is due on %(day)s; a later day is expected.")
        raise refuse("not_later", sentence % {"day": locked.due_on})
    before = locked.due_on
    locked.due_on = due_on
    locked.postponed_count += 1
    locked.escalated_at = None
    locked.remind_at = next_reminder_of(locked, clock.now())
    save_action(locked, actor, "due_on", "postponed_count", "escalated_at", "remind_at")
    notify.cancel(topic_of(locked))
    events.record(
        "action.postponed",
        locked,
        actor=actor,
        what=reason.strip(),
        before=str(before),
        after=str(due_on),
    )
    return locked


@transaction.atomic
def snooze_action(
    action: ActionItem, *, until: date, reason: str, actor: User | None
) -> ActionItem:
    """Remind nobody before that day; the due date stays what it was."""
    locked = _begin(action, reason)
    today = clock.now().astimezone(ZoneInfo(locked.owner.time_zone)).date()
    if not today < until <= today + LONGEST_SNOOZE:
        sentence = _("Choose a day within the next %(n)d days.")
        raise refuse("snooze_day", sentence % {"n": LONGEST_SNOOZE.days})
    locked.snoozed_until, locked.snooze_reason = until, reason.strip()
    locked.remind_at = next_reminder_of(locked, clock.now())
    save_action(locked, actor, "snoozed_until", "snooze_reason", "remind_at")
    notify.cancel(topic_of(locked))
    events.record("action.snoozed", locked, actor=actor, what=reason.strip(), until=str(until))
    return locked


@transaction.atomic
def wake_action(action: ActionItem, *, actor: User | None) -> ActionItem:
    """End the snooze: reminders come as they would have."""
    locked = locked_action(action)
    if locked.snoozed_until is None:
        raise refuse("not_snoozed", _("This action item is not snoozed."))
    locked.snoozed_until, locked.snooze_reason = None, ""
    locked.remind_at = None if locked.closed_at else next_reminder_of(locked, clock.now())
    save_action(locked, actor, "snoozed_until", "snooze_reason", "remind_at")
    events.record("action.woken", locked, actor=actor)
    return locked


def _begin(action: ActionItem, reason: str) -> ActionItem:
    locked = locked_action(action)
    if reasons := why_not_change(locked):
        raise TransitionNotAllowed(reasons)
    if not reason.strip():
        raise refuse("reason_missing", _("Say why it has to wait."))
    return locked
