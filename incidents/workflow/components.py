"""Verbs on the components of the status page and their groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from incidents.models import (
    ComponentGroup,
    Incident,
    StatusComponent,
)
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, Tracked, User
from portal.models.tracked import delete_as

COMPONENT_FIELDS = {
    *("name", "slug", "description", "group", "order"),
    *("service", "follows", "is_public"),
}
GROUP_FIELDS = {"name", "order"}
ROOM = 54  # characters of a short name, so that a number can follow

Row = TypeVar("Row", bound=Tracked)


@transaction.atomic
def make_component(
    *,
    known_since: datetime | None = None,
    is_demo: bool = False,
    actor: User | None,
    **fields: Any,
) -> StatusComponent:
    """
    Put something on the status page; without a `slug` its name makes one.

    `known_since` where its service was watched before; what it showed is then worked out.
    """
    component = StatusComponent(known_since=known_since or clock.now(), is_demo=is_demo)
    fields["slug"] = fields.get("slug") or free_slug(fields["name"])
    return _save(component, fields, COMPONENT_FIELDS, "status_component.created", actor)


@transaction.atomic
def change_component(
    component: StatusComponent, *, actor: User | None, **fields: Any
) -> StatusComponent:
    """Change what is given; the short name stays, for others have written it down."""
    locked = _locked(component)
    allowed = COMPONENT_FIELDS - {"slug"}
    return _save(locked, fields, allowed, "status_component.changed", actor)


@transaction.atomic
def retire_component(component: StatusComponent, *, actor: User | None) -> StatusComponent:
    """Take it off the page; what it showed is kept."""
    locked = _locked(component)
    if reasons := why_not_retire(locked):
        raise TransitionNotAllowed(reasons)
    locked.retired_at = clock.now()
    locked.spans.running().update(ended_at=locked.retired_at)
    return _save(locked, {}, set(), "status_component.retired", actor)


@transaction.atomic
def restore_component(component: StatusComponent, *, actor: User | None) -> StatusComponent:
    """Put it back; of the time between nothing is known."""
    locked = _locked(component)
    if locked.retired_at is None:
        raise TransitionNotAllowed([Refusal("not_retired", _("It is on the page."))])
    locked.retired_at = None
    return _save(locked, {}, set(), "status_component.restored", actor)


def why_not_retire(component: StatusComponent) -> list[Refusal]:
    """Return every reason why it must stay: it is gone already, or an incident holds it."""
    if component.retired_at is not None:
        return [Refusal("already_retired", _("It is off the page already."))]
    return [
        Refusal(
            "incident_open",
            _("%(number)s is open and says that it is affected.") % {"number": number},
            _("Resolve the incident, or take the component out of it."),
        )
        for number in _open_incidents(component)
    ]


def _open_incidents(component: StatusComponent) -> list[str]:
    still = Incident.objects.unresolved().filter(affected_components__component=component)
    return [incident.number for incident in still]


@transaction.atomic
def make_group(*, actor: User | None, is_demo: bool = False, **fields: Any) -> ComponentGroup:
    group = ComponentGroup(is_demo=is_demo)
    return _save(group, fields, GROUP_FIELDS, "status_group.created", actor)


@transaction.atomic
def change_group(group: ComponentGroup, *, actor: User | None, **fields: Any) -> ComponentGroup:
    locked = ComponentGroup.objects.select_for_update().get(pk=group.pk)
    return _save(locked, fields, GROUP_FIELDS, "status_group.changed", actor)


@transaction.atomic
def remove_group(group: ComponentGroup, *, actor: User | None) -> None:
    """Take the heading away; its components stay on the page, without one."""
    locked = ComponentGroup.objects.select_for_update().get(pk=group.pk)
    members = StatusComponent.objects.select_for_update(of=("self",)).filter(group=locked)
    for component in members:
        _save(component, {"group": None}, {"group"}, "status_component.changed", actor)
    events.record("status_group.removed", locked, actor=actor)
    delete_as(locked, actor)


@transaction.atomic
def cover_public_services(*, actor: User | None) -> int:
    """Give each service for the public that never had a component one; return how many."""
    known = StatusComponent.objects.filter(service__isnull=False).values("service")
    missing = Service.objects.current().filter(is_public=True).exclude(pk__in=known)
    for service in missing:
        make_component(
            name=service.name,
            slug=free_slug(service.slug),
            service=service,
            known_since=_known_since(service),
            is_demo=service.is_demo,
            actor=actor,
        )
    return len(missing)


def _known_since(service: Service) -> datetime | None:
    first = service.history.order_by("history_date").first()
    at: datetime | None = first.history_date if first else None
    return at


def free_slug(name: str) -> str:
    """Return a short name made from this one that no component has, now or ever."""
    stem = slugify(name)[:ROOM].strip("-_") or "component"
    taken = set(
        StatusComponent.objects.filter(
            Q(slug=stem) | Q(slug__startswith=f"{stem}-")
        ).values_list("slug", flat=True)
    )
    number = 1
    slug = stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _save(
    row: Row, fields: dict[str, Any], allowed: set[str], kind: str, actor: User | None
) -> Row:
    assert fields.keys() <= allowed, fields
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.changed_by = actor
    row.save()
    events.record(kind, row, actor=actor)
    return row


def _locked(component: StatusComponent) -> StatusComponent:
    rows = StatusComponent.objects.select_for_update(of=("self",)).select_related("service")
    return rows.get(pk=component.pk)
