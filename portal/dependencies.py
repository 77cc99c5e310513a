"""How far a service is from others that it cannot do without."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from portal.models import Service, ServiceDependency

FARTHEST = 5  # steps; what is farther away explains little


class Upstream(NamedTuple):
    """A service that one of those asked about needs, `path` from there to here included."""

    service: Service
    path: tuple[str, ...]

    @property
    def distance(self) -> int:
        """How many steps away: 0 is one of those asked about."""
        return len(self.path) - 1


def upstream_of(services: Iterable[Service]) -> dict[int, Upstream]:
    """
    Return these services and all that they need, near and far, by key; one query.

    Each by a shortest path. A circle, should one ever stand in the catalogue, ends where it
    comes back to what was found.
    """
    needs: dict[int, list[Service]] = defaultdict(list)
    rows = ServiceDependency.objects.select_related("needs").order_by("needs__name", "pk")
    for row in rows:
        needs[row.service_id].append(row.needs)
    found = {service.pk: Upstream(service, (service.name,)) for service in services}
    edge = list(found.values())
    for _step in range(FARTHEST):
        farther: list[Upstream] = []
        for near in edge:
            for service in needs[near.service.pk]:
                if service.pk not in found:
                    found[service.pk] = Upstream(service, (*near.path, service.name))
                    farther.append(found[service.pk])
        edge = farther
    return found
