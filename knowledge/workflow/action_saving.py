"""How the verbs of action items hold one and save it, and when its owner hears of it next."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from knowledge.models import ActionItem
from knowledge.reminders import next_reminder
from portal.access import managers_of
from portal.errors import Refusal
from portal.models import Membership, TeamRole, User


def locked_action(action: ActionItem) -> ActionItem:
    return (
        ActionItem.objects.select_for_update(of=("self",))
        .select_related("owner", "service")
        .get(pk=action.pk)
    )


def save_action(action: ActionItem, actor: User | None, *fields: str) -> None:
    action.changed_by = actor
    action.save(update_fields=fields)


def topic_of(action: ActionItem) -> str:
    return f"action:{action.pk}"


def next_reminder_of(action: ActionItem, after: datetime) -> datetime:
    return next_reminder(
        action.due_on,
        after,
        ZoneInfo(action.owner.time_zone),
        priority=action.priority,
        quiet_until=action.snoozed_until,
    )


def why_not_change(action: ActionItem) -> list[Refusal]:
    if action.closed_at:
        sentence = _("This action item is finished.")
        return [Refusal("action_finished", sentence, _("Reopen it to change it."))]
    return []


def cannot_own(person: User) -> Refusal:
    sentence = _("%(person)s may not work here and cannot own an action item.")
    return Refusal("owner_may_not_work", sentence % {"person": person})


def managers_for(action: ActionItem) -> QuerySet[User]:
    """Of the service's team; where there is no service, of the owner's teams."""
    if action.service:
        return managers_of(action.service.team_id)
    teams = Membership.objects.filter(person=action.owner).values("team")
    return User.objects.filter(
        is_active=True, membership__team__in=teams, membership__role=TeamRole.MANAGER
    ).distinct()
