"""Which service an alert belongs to, by its integration or by its labels."""

from operations.formats import Incoming
from operations.models import Integration
from portal.models import Service, ServiceLabel

SERVICE_LABEL = "service"


class Router:
    """
    Finds the services of the alerts in one call, in at most two queries.

    The integration's own service comes first, then a label that a service claims, then the
    label `service` with a service's short name. Retired services take no alerts.
    """

    def __init__(self, integration: Integration, incoming: list[Incoming]) -> None:
        self._own = integration.service
        self._by_label: dict[tuple[str, str], Service] = {}
        self._by_slug: dict[str, Service] = {}
        if self._own is None and incoming:
            self._look_up(incoming)

    def _look_up(self, incoming: list[Incoming]) -> None:
        pairs = {pair for told in incoming for pair in told.labels.items()}
        claimed = ServiceLabel.objects.filter(
            service__retired_at=None,
            name__in={name for name, _value in pairs},
            value__in={value for _name, value in pairs},
        ).select_related("service")
        self._by_label = {(label.name, label.value): label.service for label in claimed}
        slugs = {value for name, value in pairs if name == SERVICE_LABEL}
        if slugs:
            named = Service.objects.current().filter(slug__in=slugs)
            self._by_slug = {service.slug: service for service in named}

    def service_of(self, told: Incoming) -> Service | None:
        if self._own is not None:
            return self._own
        for pair in sorted(told.labels.items()):
            if pair in self._by_label:
                return self._by_label[pair]
        return self._by_slug.get(told.labels.get(SERVICE_LABEL, ""))
