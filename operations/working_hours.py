"""Whose business hours a service keeps: its own, else its team's, else the house's."""

from collections.abc import Iterable

from django.db.models import Q

from operations.models import BusinessHours
from portal.models import Service


def hours_of(service: Service) -> BusinessHours | None:
    """Return them, in one query; None where none are set."""
    house = Q(team__isnull=True, service__isnull=True)
    theirs = BusinessHours.objects.filter(Q(service=service) | Q(team=service.team_id) | house)
    return pick(theirs.order_by("is_demo", "pk"), service)


def pick(rows: Iterable[BusinessHours], service: Service) -> BusinessHours | None:
    """Choose the nearest of these, in their order."""
    known = list(rows)
    own = [row for row in known if row.service_id == service.pk]
    teams = [row for row in known if row.team_id == service.team_id]
    house = [row for row in known if row.team_id is None and row.service_id is None]
    return next(iter([*own, *teams, *house]), None)
