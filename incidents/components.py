"""What the public status page is made of, by the short names that subscribers choose from."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from incidents.models import Incident, StatusComponent
from portal.models import Service


def components() -> dict[str, str]:
    """Return the public components: short name to name."""
    public = StatusComponent.objects.for_the_public().order_by("order", "name")
    return dict(public.values_list("slug", "name"))


def components_of(services: Iterable[Service]) -> list[str]:
    """Return the short names of those components that these services are shown by."""
    public = StatusComponent.objects.for_the_public().filter(service__in=list(services))
    return list(public.order_by("order", "name").values_list("slug", flat=True))


def components_of_incident(incident: Incident) -> list[str]:
    """Return what was declared of it, or else what its service is shown by."""
    declared = incident.affected_components.values("component")
    if not declared.exists():
        return components_of([incident.service])
    public = StatusComponent.objects.for_the_public().filter(pk__in=declared)
    return list(public.order_by("order", "name").values_list("slug", flat=True))


def named(chosen: Iterable[str], shown: Mapping[str, str] | None = None) -> str:
    """Return the names of these components as a reader knows them."""
    shown = components() if shown is None else shown
    names = [shown.get(slug, slug) for slug in chosen]
    return ", ".join(names) or _("all components")
