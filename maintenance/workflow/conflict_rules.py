"""Verbs on what conflicts are found by: the rules, and the resources that exclude others."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import ConflictRules, ExclusiveResource
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User


@transaction.atomic
def change_conflict_rules(*, actor: User | None, **fields: Any) -> ConflictRules:
    """Say how much each kind of conflict matters, for what is decided from now on."""
    row = ConflictRules.objects.select_for_update().order_by("pk").first() or ConflictRules()
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.changed_by = actor
    row.save()
    events.record("conflict_rules.changed", row, actor=actor, what=", ".join(sorted(fields)))
    return row


@transaction.atomic
def add_resource(
    *, name: str, note: str = "", services: Iterable[Service] = (), actor: User | None
) -> ExclusiveResource:
    """Say of something that one change at a time has it. Raises `ValidationError`."""
    resource = ExclusiveResource(name=name, note=note)
    return _keep(resource, list(services), actor, "added")


@transaction.atomic
def change_resource(
    resource: ExclusiveResource,
    *,
    services: Iterable[Service] | None = None,
    actor: User | None,
    **fields: Any,
) -> ExclusiveResource:
    resource = _locked(resource)
    for name, value in fields.items():
        setattr(resource, name, value)
    chosen = list(resource.services.all() if services is None else services)
    return _keep(resource, chosen, actor, "changed")


@transaction.atomic
def retire_resource(resource: ExclusiveResource, *, actor: User | None) -> ExclusiveResource:
    """Offer it to no new plan; plans that name it go on excluding each other."""
    resource = _locked(resource)
    resource.retired_at = clock.now()
    resource.changed_by = actor
    resource.save(update_fields=["retired_at"])
    events.record("exclusive_resource.retired", resource, actor=actor)
    return resource


def _locked(resource: ExclusiveResource) -> ExclusiveResource:
    resource = ExclusiveResource.objects.select_for_update().get(pk=resource.pk)
    if resource.retired_at is not None:
        raise TransitionNotAllowed([Refusal("retired", _("It is not in use any more."))])
    return resource


def _keep(
    resource: ExclusiveResource, services: list[Service], actor: User | None, event: str
) -> ExclusiveResource:
    resource.full_clean()
    resource.changed_by = actor
    resource.save()
    resource.services.set(services)
    slugs = [service.slug for service in services]
    events.record(f"exclusive_resource.{event}", resource, actor=actor, services=slugs)
    return resource
