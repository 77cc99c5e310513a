"""Business hours: set for a service, a team or the house, and taken away again."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from operations.models import BusinessHours
from portal import events
from portal.errors import refuse
from portal.models import Service, Team, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields


@transaction.atomic
def set_business_hours(
    *,
    team: Team | None = None,
    service: Service | None = None,
    actor: User | None,
    **fields: Any,
) -> BusinessHours:
    """Set the hours of a service, of a team, or of the house where neither is named."""
    row = BusinessHours.objects.filter(team=team, service=service, is_demo=False).first()
    if row is not None:
        raise refuse(
            "set_already",
            _("%(whose)s has business hours already.") % {"whose": row},
            _("Change those."),
        )
    row = add(BusinessHours(team=team, service=service, **fields), actor=actor)
    events.record("business_hours.set", row, actor=actor)
    return row


@transaction.atomic
def change_business_hours(
    hours: BusinessHours, *, actor: User | None, **fields: Any
) -> BusinessHours:
    """Change them; what waits already goes on when it was told to, and looks again then."""
    row = locked(hours)
    if changed := set_fields(row, fields, actor=actor):
        events.record("business_hours.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def remove_business_hours(hours: BusinessHours, *, actor: User | None) -> None:
    """Without hours nothing waits: what would have is told at any time."""
    row = locked(hours)
    events.record("business_hours.removed", row, actor=actor, what=str(row))
    delete_as(row, actor)
