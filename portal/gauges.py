"""Gauges that Prometheus reads from the database each time it asks."""

from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portal import clock
from portal.models import Finding, Notification, Reaction, SendState


class DatabaseGauges(Collector):
    """How much is owed, and how late the oldest of it is."""

    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing is read before the first question

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        owed = Notification.objects.filter(
            state__in=[SendState.DUE, SendState.CLAIMED], wanted_at__lte=now
        )
        oldest = owed.order_by("wanted_at").values_list("wanted_at", flat=True).first()
        late = (now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("evenkeel_messages_owed", "Messages due", value=owed.count())
        yield GaugeMetricFamily(
            "evenkeel_oldest_message_seconds", "Age of the oldest due message", value=late
        )
        yield GaugeMetricFamily(
            "evenkeel_reactions_waiting",
            "Handlers that events still owe",
            value=Reaction.objects.filter(state=Reaction.State.DUE).count(),
        )
        yield GaugeMetricFamily(
            "evenkeel_findings",
            "What the auditor found and is not cleared",
            value=Finding.objects.filter(cleared_at=None).count(),
        )


REGISTRY.register(DatabaseGauges())
