"""
Reminding of action items: the owner first, and their managers once it is late.

Reminders do not stop when the incident or the meeting is over, only when the action is.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.models import ActionItem
from knowledge.reminders import managers_hear_of_it
from knowledge.workflow.action_saving import managers_for, next_reminder_of, topic_of
from portal import events, notify
from portal.models import Event, Urgency, User


@transaction.atomic
def remind(action_id: int, *, now: datetime) -> bool:
    """Remind the owner if that is still owed; of several workers, one does."""
    action = ActionItem.objects.select_related("owner", "service").get(pk=action_id)
    due = ActionItem.objects.filter(pk=action_id, remind_at=action.remind_at)
    following = next_reminder_of(action, now)
    # Compare and swap: of two workers only one still finds the reminder due.
    if not due.with_reminder_due(now).update(remind_at=following):
        return False
    event = events.record("action.reminded", action, actor=None, due_on=str(action.due_on))
    today = now.astimezone(ZoneInfo(action.owner.time_zone)).date()
    tell_of_action(action.owner, action, event, _when(action.due_on, today))
    if managers_hear_of_it(action.due_on, today, action.priority):
        _escalate(action, event, today, now)
    elif not action.owner.may_work:
        _tell_managers(action, event, today)
    return True


def tell_of_action(person: User, action: ActionItem, event: Event, subject: str) -> None:
    notify.notify(
        person,
        key=f"action:{action.pk}:reminder:{event.pk}",
        urgency=Urgency.LOW,
        kind="reminder",
        subject=_("%(when)s: %(title)s") % {"when": subject, "title": action.title},
        body=_("%(title)s\n\nOwner: %(owner)s\nDue: %(due_on)s")
        % {"title": action.title, "owner": action.owner, "due_on": action.due_on},
        url=action.get_absolute_url(),
        topic=topic_of(action),
        event=event,
    )


def _escalate(action: ActionItem, event: Event, today: date, now: datetime) -> None:
    """Tell the managers; the first time is written down."""
    names = _tell_managers(action, event, today)
    first = ActionItem.objects.filter(pk=action.pk, escalated_at__isnull=True)
    # Clockwork: no version of the action says more by it.
    if names and first.update(escalated_at=now):
        events.record("action.escalated", action, actor=None, what=", ".join(names))


def _tell_managers(action: ActionItem, event: Event, today: date) -> list[str]:
    managers = list(managers_for(action).exclude(pk=action.owner_id))
    for manager in managers:
        tell_of_action(manager, action, event, _when(action.due_on, today))
    return [manager.name for manager in managers]


def _when(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days == 0:
        return _("Due today")
    if days > 0:
        return ngettext("Due in %(n)d day", "Due in %(n)d days", days) % {"n": days}
    return ngettext("Overdue by %(n)d day", "Overdue by %(n)d days", -days) % {"n": -days}
