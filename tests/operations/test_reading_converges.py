"""
However calls are shuffled, repeated or late, the same alerts and occurrences come out.

This holds for the formats that bring times; for the others see test_reading_by_key.py.
"""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from operations import workflow
from operations.models import Alert, Occurrence
from tests.make import make_service, make_team
from tests.operations.make import MINUTE, NOON, make_integration, receive, told

Told = dict[str, Any]
# Alertmanager's own body, read as if nobody knew it.
RULES = {
    "root": "alerts",
    "fields": {
        "title": "labels.alertname",
        "fingerprint": "fingerprint",
        "status": "status",
        "severity": "labels.severity",
        "starts_at": "startsAt",
        "ends_at": "endsAt",
    },
}


@st.composite
def histories(draw: st.DrawFn) -> list[list[Told]]:
    """What a monitor tells of three alerts in the end, in calls of one to three alerts."""
    messages: list[Told] = []
    for name in ("A", "B", "C"):
        times = draw(st.lists(st.integers(1, 20), max_size=3, unique=True))
        for number, minute in enumerate(sorted(times), start=1):
            start = NOON + minute * 10 * MINUTE
            severity = draw(st.sampled_from(["warning", "critical"]))
            messages.append(told(name, at=start, severity=severity))
            # Each but the newest ends at last, and its end is told at least once.
            if number < len(times) or draw(st.booleans()):
                ended = start + timedelta(seconds=draw(st.integers(0, 1200)))
                messages.append(told(name, at=start, ended=ended, severity=severity))
    calls = []
    while messages:
        size = draw(st.integers(1, 3))
        calls.append(messages[:size])
        messages = messages[size:]
    return calls


class ConvergesTests(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(histories(), st.data())
    def test_shuffled_repeated_and_late_calls_converge(
        self, calls: list[list[Told]], data: st.DataObject
    ) -> None:
        shuffled = data.draw(st.permutations(calls))
        repeated = [call for call in shuffled for _ in range(data.draw(st.integers(1, 2)))]
        service = make_service("Checkout", team=make_team("Payments"))
        kind = data.draw(st.sampled_from(["alertmanager", "grafana", "generic"]))
        in_order = make_integration("In order", service=service, kind=kind)
        out_of_order = make_integration("Out of order", service=service, kind=kind)
        for integration in (in_order, out_of_order):
            if kind == "generic":
                workflow.set_mapping(integration, rules=RULES, actor=None)

        for call in calls:
            receive(in_order, *call)
        for call in repeated:
            receive(out_of_order, *call)

        assert kept(in_order.pk) == kept(out_of_order.pk)


def kept(integration: int) -> tuple[list[Any], list[Any]]:
    alerts = Alert.objects.filter(integration=integration).order_by("fingerprint")
    each = Occurrence.objects.filter(alert__integration=integration)
    return (
        list(
            alerts.values_list(
                "fingerprint", "state", "severity", "started_at", "ended_at", "occurrence_count"
            )
        ),
        list(
            each.order_by("alert__fingerprint", "started_at").values_list(
                "alert__fingerprint", "started_at", "ended_at", "end_reason", "severity"
            )
        ),
    )
