"""The service catalogue: what there is, who owns it, and what it cannot do without."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import (
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Tracked,
    User,
)
from portal.models.tracked import delete_as
from portal.workflow.saving import add, free_slug, locked, set_fields


@transaction.atomic
def create_service(*, actor: User | None, **fields: Any) -> Service:
    """
    Put a service into the catalogue; without a `slug`, one is made of the name.

    The slug becomes its first label, so that alerts which carry `service=<slug>` find it.
    """
    fields["slug"] = fields.get("slug") or free_slug(Service, fields["name"])
    service = add(Service(**fields), actor=actor)
    if not ServiceLabel.objects.filter(name="service", value=service.slug).exists():
        label = ServiceLabel(service=service, name="service", value=service.slug)
        add(label, actor=actor)
    events.record("service.created", service, actor=actor)
    return service


@transaction.atomic
def change_service(service: Service, *, actor: User | None, **fields: Any) -> Service:
    row = locked(service)
    if changed := set_fields(row, fields, actor=actor):
        events.record("service.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def retire(service: Service, *, actor: User | None) -> Service:
    """Take the service out of use; what happened to it stays."""
    row = locked(service)
    if refusals := why_not_retire(row):
        raise TransitionNotAllowed(refusals)
    set_fields(row, {"retired_at": clock.now(), "is_public": False}, actor=actor)
    events.record("service.retired", row, actor=actor)
    return row


@transaction.atomic
def restore(service: Service, *, actor: User | None) -> Service:
    """Bring a retired service back into use."""
    row = locked(service)
    if row.retired_at is None:
        raise refuse("not_retired", _("This service is in use."))
    set_fields(row, {"retired_at": None}, actor=actor)
    events.record("service.restored", row, actor=actor)
    return row


def why_not_retire(service: Service) -> list[Refusal]:
    """Return every reason why the service cannot be taken out of use now."""
    if service.retired_at is not None:
        return [Refusal("already_retired", _("This service is retired already."))]
    needing = service.needed_by.filter(service__retired_at=None).select_related("service")
    names = [dependency.service.name for dependency in needing]
    if not names:
        return []
    return [
        Refusal(
            "still_needed",
            _("Other services need it: %(names)s.") % {"names": ", ".join(names)},
            _("Remove those dependencies first."),
        )
    ]


@transaction.atomic
def add_link(service: Service, *, label: str, url: str, actor: User | None) -> ServiceLink:
    link = add(ServiceLink(service=service, label=label, url=url), actor=actor)
    events.record("service.link_added", service, actor=actor, what=label)
    return link


@transaction.atomic
def add_label(service: Service, *, name: str, value: str, actor: User | None) -> ServiceLabel:
    """Let alerts that carry this label belong to the service; a label names one service."""
    known = ServiceLabel.objects.filter(name=name, value=value).select_related("service")
    if other := known.first():
        raise refuse(
            "label_taken",
            _("%(label)s already names %(service)s.")
            % {"label": f"{name}={value}", "service": other.service.name},
            _("Remove it there first."),
        )
    label = add(ServiceLabel(service=service, name=name, value=value), actor=actor)
    events.record("service.label_added", service, actor=actor, what=str(label))
    return label


@transaction.atomic
def add_dependency(
    service: Service, *, needs: Service, actor: User | None
) -> ServiceDependency:
    """Say that `service` cannot work without `needs`; never in a circle."""
    # Every other writer of dependencies waits here: two halves of a circle cannot meet.
    list(Service.objects.select_for_update().order_by("pk").values_list("pk"))
    if refusals := dependency_refusals(service, needs):
        raise TransitionNotAllowed(refusals)
    dependency = add(ServiceDependency(service=service, needs=needs), actor=actor)
    events.record("service.dependency_added", service, actor=actor, what=needs.name)
    return dependency


@transaction.atomic
def remove_part(
    part: ServiceLink | ServiceLabel | ServiceDependency, *, actor: User | None
) -> None:
    """Take a link, a label or a dependency away from its service."""
    service, kind, what = part.service, _kind_of(part), _name_of(part)
    delete_as(part, actor)
    events.record(f"service.{kind}_removed", service, actor=actor, what=what)


def dependency_refusals(service: Service, needs: Service) -> list[Refusal]:
    """Return every reason why `service` cannot come to need `needs`."""
    known = list(ServiceDependency.objects.values_list("service_id", "needs_id"))
    if (service.pk, needs.pk) in known:
        sentence = _("%(service)s needs %(needs)s already.")
        return [
            Refusal(
                "dependency_known", sentence % {"service": service.name, "needs": needs.name}
            )
        ]
    path = path_between(needs.pk, service.pk, known)
    if not path:
        return []
    names = Service.objects.in_bulk(path)
    shown = " → ".join(names[pk].name for pk in [service.pk, *path])
    return [
        Refusal(
            "dependency_circle",
            _("That would close a circle: %(path)s.") % {"path": shown},
            _("Remove one of these dependencies first."),
        )
    ]


def path_between(start: int, end: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """Return a shortest way along `edges`, both its ends included; empty if there is none."""
    onward: dict[int, list[int]] = defaultdict(list)
    for here, there in edges:
        onward[here].append(there)
    ways = [[start]]
    seen = {start}
    for way in ways:  # grows while we walk it: breadth first
        if way[-1] == end:
            return way
        for there in onward[way[-1]]:
            if there not in seen:
                seen.add(there)
                ways.append([*way, there])
    return []


def _kind_of(part: Tracked) -> str:
    kinds = {ServiceLink: "link", ServiceLabel: "label", ServiceDependency: "dependency"}
    return kinds[type(part)]


def _name_of(part: ServiceLink | ServiceLabel | ServiceDependency) -> str:
    return part.needs.name if isinstance(part, ServiceDependency) else str(part)
