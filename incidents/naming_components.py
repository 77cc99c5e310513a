"""Which components of the status page an update about an incident is asked about."""

from django.db.models import Exists, OuterRef, Q

from incidents.models import AffectedComponent, Incident, StatusComponent

MOST = 12


def components_to_name(incident: Incident) -> list[StatusComponent]:
    """Return its service's components and those named before, then others; one query."""
    named = AffectedComponent.objects.filter(incident=incident, component=OuterRef("pk"))
    is_near = Q(service=incident.service_id) | Exists(named)
    rows = StatusComponent.objects.current().annotate(is_near=is_near)
    return list(rows.order_by("-is_near", "order", "name")[:MOST])
