"""A person's rules: which way after how many minutes, and when what can wait does."""

from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal import events
from portal.errors import refuse
from portal.models import ContactMethod, NotificationRule, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields, wrong

MOST_RULES = 20  # of one urgency


@transaction.atomic
def add_rule(
    person: User,
    *,
    urgency: str,
    contact: ContactMethod | None,
    after_minutes: int,
    actor: User | None,
) -> NotificationRule:
    """Add a step to the person's chain; the same way may come again, at another minute."""
    locked(person)
    _check_owner(person, contact)
    chain = NotificationRule.objects.filter(person=person, urgency=urgency)
    if chain.count() >= MOST_RULES:
        raise refuse(
            "too_many_rules",
            _("There are %(most)d steps already.") % {"most": MOST_RULES},
            _("Remove one first."),
        )
    rule = NotificationRule(
        person=person, urgency=urgency, contact=contact, after_minutes=after_minutes
    )
    _check_once(rule)
    add(rule, actor=actor)
    events.record("contact.rule_added", rule, actor=actor)
    return rule


@transaction.atomic
def change_rule(
    rule: NotificationRule, *, actor: User | None, **fields: Any
) -> NotificationRule:
    """Move a step to another minute, or give it another way."""
    row = locked(rule)
    _check_owner(row.person, fields.get("contact"))
    wanted = NotificationRule(
        pk=row.pk,
        person=row.person,
        urgency=row.urgency,
        contact=fields.get("contact", row.contact),
        after_minutes=fields.get("after_minutes", row.after_minutes),
    )
    _check_once(wanted)
    if changed := set_fields(row, fields, actor=actor):
        events.record("contact.rule_changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def remove_rule(rule: NotificationRule, *, actor: User | None) -> None:
    """Remove a step; without any, the sign-in address is used."""
    events.record("contact.rule_removed", rule, actor=actor)
    delete_as(rule, actor)


@transaction.atomic
def set_quiet_hours(
    person: User, *, quiet_from: time | None, quiet_until: time | None, actor: User | None
) -> User:
    """Have what can wait do so between these hours, in the person's zone; None ends that."""
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_from" if quiet_from is None else "quiet_until"
        raise wrong(missing, _("Give both ends, or neither."), "required")
    if quiet_from is not None and quiet_from == quiet_until:
        raise wrong("quiet_until", _("This is when they begin."), "empty")
    row = locked(person)
    fields = {"quiet_from": quiet_from, "quiet_until": quiet_until}
    if changed := set_fields(row, fields, actor=actor):
        events.record("contact.quiet_hours_changed", row, actor=actor, fields=changed)
    return row


def _check_owner(person: User, contact: ContactMethod | None) -> None:
    if contact is not None and contact.person_id != person.pk:
        raise wrong("contact", _("This way is not one of theirs."), "not_theirs")


def _check_once(rule: NotificationRule) -> None:
    same = NotificationRule.objects.filter(
        person=rule.person,
        urgency=rule.urgency,
        contact=rule.contact,
        after_minutes=rule.after_minutes,
    )
    if same.exclude(pk=rule.pk).exists():
        raise wrong("after_minutes", _("This way is used at this minute already."), "twice")
