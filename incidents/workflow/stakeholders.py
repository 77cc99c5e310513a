"""Verbs on the directory of stakeholders: groups, people, templates, rules by severity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.db.models.deletion import ProtectedError
from django.utils.translation import gettext as _

from incidents.audience import PHONE
from incidents.models import (
    CommunicationRule,
    MessageTemplate,
    Stakeholder,
    StakeholderDelivery,
    StakeholderGroup,
)
from incidents.workflow.telling import why_not_by_itself
from operations.models import Severity
from portal import events
from portal.errors import TransitionNotAllowed, refuse
from portal.models import OWED, SendState, Service, User
from portal.models.tracked import delete_as
from portal.workflow.saving import wrong

Kept = TypeVar("Kept", StakeholderGroup, Stakeholder, MessageTemplate, CommunicationRule)


@transaction.atomic
def keep_group(
    group: StakeholderGroup | None = None,
    *,
    services: Iterable[Service] | None = None,
    actor: User | None,
    **fields: Any,
) -> StakeholderGroup:
    """Make a group, or change what is given."""
    row = _locked(group) if group else StakeholderGroup()
    if "severities" in fields:
        fields["severities"] = _severities(fields["severities"])
    _save(row, fields, actor)
    if services is not None:
        row.services.set(services)
    events.record("stakeholder_group.saved", row, actor=actor)
    return row


@transaction.atomic
def remove_group(group: StakeholderGroup, *, actor: User | None) -> None:
    """Forget a group; its people stay."""
    events.record("stakeholder_group.removed", group, actor=actor, what=group.name)
    delete_as(_locked(group), actor)


@transaction.atomic
def keep_stakeholder(
    stakeholder: Stakeholder | None = None,
    *,
    groups: Iterable[StakeholderGroup] | None = None,
    actor: User | None,
    **fields: Any,
) -> Stakeholder:
    """Add somebody who is told, or change what is given; members are written to as they say."""
    row = _locked(stakeholder) if stakeholder else Stakeholder()
    _check_person(row, fields)
    _save(row, fields, actor)
    if groups is not None:
        row.groups.set(groups)
    events.record("stakeholder.saved", row, actor=actor, service=None)
    return row


@transaction.atomic
def erase_stakeholder(stakeholder: Stakeholder, *, actor: User | None) -> None:
    """
    Forget a person with every version, and the addresses in what they were sent.

    That something was sent to them stays, under the name that the message's readers know.
    """
    row = _locked(stakeholder)
    sent = StakeholderDelivery.objects.filter(stakeholder=row)
    waiting = sent.filter(OWED)
    waiting.update(state=SendState.CANCELLED, lease_until=None, claim="")
    sent.update(address="", name=_("Somebody erased"))
    number = row.pk
    delete_as(row, actor)
    Stakeholder.history.filter(id=number).delete()
    events.record("stakeholder.erased", actor or _anybody(), actor=actor, number=number)


@transaction.atomic
def keep_template(
    template: MessageTemplate | None = None, *, actor: User | None, **fields: Any
) -> MessageTemplate:
    """Make a template, or change what is given."""
    row = _locked(template) if template else MessageTemplate()
    for name, value in fields.items():
        setattr(row, name, value)
    used = template is not None and CommunicationRule.objects.filter(template=row).exists()
    if used and (reasons := why_not_by_itself(row)):
        raise TransitionNotAllowed(reasons)
    _save(row, fields, actor)
    events.record("message_template.saved", row, actor=actor)
    return row


@transaction.atomic
def remove_template(template: MessageTemplate, *, actor: User | None) -> None:
    row = _locked(template)
    try:
        delete_as(row, actor)
    except ProtectedError:
        raise refuse(
            "template_in_use",
            _("A rule sends this template by itself."),
            _("Change the rule first."),
        ) from None
    events.record("message_template.removed", actor or _anybody(), actor=actor, what=row.name)


@transaction.atomic
def keep_rule(
    *, severity: int, service: Service | None, actor: User | None, **fields: Any
) -> CommunicationRule:
    """Say how stakeholders are told at a severity, in the house or of one service."""
    locked = CommunicationRule.objects.select_for_update(of=("self",))
    row = locked.filter(severity=severity, service=service).first()
    row = row or CommunicationRule(severity=severity, service=service)
    template: MessageTemplate | None = fields.get("template", row.template)
    if template is not None and (reasons := why_not_by_itself(template)):
        raise TransitionNotAllowed(reasons)
    _save(row, fields, actor)
    events.record("communication_rule.saved", row, actor=actor, service=service)
    return row


@transaction.atomic
def remove_rule(rule: CommunicationRule, *, actor: User | None) -> None:
    """Take a service's own rule away; that of the house counts again."""
    row = _locked(rule)
    if row.service_id is None:
        sentence = _("The rule of the house stays; each severity needs one.")
        raise refuse("rule_of_the_house", sentence, _("Change it instead."))
    events.record("communication_rule.removed", row, actor=actor)
    delete_as(row, actor)


def _severities(said: Iterable[Any]) -> list[int]:
    try:
        wanted = sorted({int(each) for each in said})
    except (TypeError, ValueError):
        wanted = [-1]
    if not wanted or not set(wanted) <= set(Severity.values):
        raise wrong("severities", _("Choose at least one severity."), "invalid_choice")
    return wanted


def _check_person(row: Stakeholder, fields: dict[str, Any]) -> None:
    """Raise `ValidationError` by field for what cannot be written to."""
    said = {name: fields.get(name, getattr(row, name)) for name in ("email", "phone", "name")}
    if fields.get("person", row.person) is None and not said["name"].strip():
        raise wrong("name", _("Say who it is, or choose a member."), "required")
    if said["email"]:
        try:
            EmailValidator()(said["email"])
        except ValidationError:
            sentence = _("Enter an e-mail address, such as name@example.com.")
            raise wrong("email", sentence) from None
    if said["phone"] and not PHONE.fullmatch(said["phone"]):
        sentence = _("Enter the number with its country, such as +41791234567.")
        raise wrong("phone", sentence)


def _save(row: Kept, fields: dict[str, Any], actor: User | None) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.changed_by = actor
    row.save()


def _locked(row: Kept) -> Kept:
    found: Kept = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    return found


def _anybody() -> User:
    """An event needs something to be about, and what it was about is gone."""
    return User.objects.order_by("pk")[0]
