"""Every write of retrospectives: cards while it is open, actions into the one tracker."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import (
    ActionItem,
    Card,
    Column,
    Origin,
    Priority,
    Retrospective,
    RetrospectiveState,
)
from knowledge.workflow.actions import create_action
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, Team, User


@transaction.atomic
def hold(
    *, team: Team, title: str, held_on: date, facilitator: User, actor: User | None
) -> Retrospective:
    """Open a retrospective; cards may be written before the day itself."""
    if not facilitator.may_work:
        raise refuse("facilitator_may_not_work", _("The facilitator may not work here."))
    retrospective = Retrospective(
        team=team, title=title, held_on=held_on, facilitator=facilitator
    )
    retrospective.changed_by = actor
    retrospective.save()
    events.record("retrospective.held", retrospective, actor=actor, team=team.name)
    return retrospective


@transaction.atomic
def add_card(
    retrospective: Retrospective, *, column: str, text: str, actor: User | None
) -> Card:
    locked = _locked_open(retrospective)
    card = Card(
        retrospective=locked,
        column=Column(column),
        text=text.strip(),
        author=actor,
        created_at=clock.now(),
    )
    card.save()
    return card


@transaction.atomic
def remove_card(card: Card, *, actor: User | None) -> None:
    """Take one's own card back while the retrospective is open."""
    _locked_open(card.retrospective)
    if card.author != actor:
        raise refuse("not_your_card", _("Only its author takes a card back."))
    Card.objects.filter(pk=card.pk).delete()


@transaction.atomic
def agree_on_action(
    retrospective: Retrospective,
    *,
    title: str,
    owner: User,
    due_on: date,
    actor: User | None,
    service: Service | None = None,
    priority: int = Priority.NORMAL,
    verification: str = "",
) -> ActionItem:
    """Put what the team will do into the one tracker of action items."""
    locked = _locked_open(retrospective)
    return create_action(
        title=title,
        owner=owner,
        due_on=due_on,
        service=service,
        priority=priority,
        verification=verification,
        origin=Origin.RETROSPECTIVE,
        reference=locked.reference,
        reference_label=locked.title,
        reference_url=locked.get_absolute_url(),
        actor=actor,
    )


@transaction.atomic
def close_retrospective(retrospective: Retrospective, *, actor: User | None) -> Retrospective:
    locked = _locked_open(retrospective)
    locked.state = RetrospectiveState.CLOSED
    locked.closed_at = clock.now()
    locked.changed_by = actor
    locked.save(update_fields=["state", "closed_at"])
    events.record("retrospective.closed", locked, actor=actor, cards=locked.cards.count())
    return locked


def why_not_write(retrospective: Retrospective) -> list[Refusal]:
    if retrospective.is_open:
        return []
    return [Refusal("retrospective_closed", _("This retrospective is closed."))]


def _locked_open(retrospective: Retrospective) -> Retrospective:
    locked = Retrospective.objects.select_for_update().get(pk=retrospective.pk)
    if reasons := why_not_write(locked):
        raise TransitionNotAllowed(reasons)
    return locked
