"""Figures: what was not recorded is no zero, what overlaps counts once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from incidents import figures, workflow
from incidents.milestones import MEASURES
from incidents.models import Incident
from operations.models import Severity
from portal.models import Service, User
from portal.slots import gather
from tests.incidents.make import make_incident

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def incident(
    began: int | None, detected: int, acked: int | None, resolved: int | None
) -> Incident:
    return Incident(
        impact_started_at=None if began is None else at(began),
        detected_at=at(detected),
        acknowledged_at=None if acked is None else at(acked),
        resolved_at=None if resolved is None else at(resolved),
    )


def test_mean_median_and_what_is_missing() -> None:
    rows = [
        incident(0, 4, 6, 64),
        incident(0, 6, 16, 126),
        incident(None, 0, None, None),
        incident(10, 5, 7, 65),  # began after it was detected
    ]
    detect = figures.of_measure(rows, MEASURES["mttd"], unit=figures.MINUTE)
    assert (detect.mean, detect.median, detect.n) == (Decimal("5.0"), Decimal("5.0"), 2)
    assert (detect.pending, detect.invalid, detect.state) == (1, 1, "recorded")

    resolve = figures.of_measure(rows, MEASURES["mttr"], unit=figures.HOUR)
    assert (resolve.mean, resolve.median, resolve.n) == (Decimal("1.3"), Decimal("1.0"), 3)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([], "not_applicable"),
        ([incident(None, 0, None, None)], "pending"),
        ([incident(10, 5, None, None)], "invalid"),
        ([incident(0, 5, None, None)], "recorded"),
    ],
)
def test_without_a_value_it_says_why(rows: list[Incident], state: str) -> None:
    assert figures.of_measure(rows, MEASURES["mttd"], unit=figures.MINUTE).state == state


@pytest.mark.django_db
@pytest.mark.usefixtures("playbook")
def test_the_board_gets_them(checkout: Service, search: Service, olivia: User) -> None:
    Service.history.update(history_date="2026-01-01T00:00:00Z")
    with time_machine.travel("2026-08-01T00:00:00Z", tick=False) as clock:
        for severity, minutes in [(0, 30), (0, 90), (1, 120), (2, 600)]:
            row = make_incident(
                checkout, severity=severity, title=f"P{severity}, {minutes} minutes"
            )
            clock.shift(timedelta(minutes=6))
            workflow.acknowledge(row, actor=olivia)
            clock.shift(timedelta(minutes=minutes - 6))
            workflow.resolve(row, summary="Done", actor=olivia)
        make_incident(checkout, severity=Severity.P0, title="Going on")
        clock.shift(timedelta(minutes=9))
        told: dict[str, Any] = {item["key"]: item for item in gather("improve.figures", olivia)}
        clock.shift(timedelta(days=400))
        later = {item["key"]: item["state"] for item in gather("improve.figures", olivia)}

    assert told["mttr-p0"]["value"] == Decimal("1.0")
    assert "median 1.0, P90 1.4, n = 2; 1 not recorded" in told["mttr-p0"]["text"]
    assert told["mttr-p1"]["value"] == Decimal("2.0")
    assert told["mtta"]["value"] == Decimal("6.0")
    assert told["mttd"]["state"] == "pending"
    down = timedelta(minutes=30 + 90 + 120 + 9)
    expected = 100 * (1 + (1 - down / timedelta(days=90))) / 2
    assert abs(float(told["availability"]["value"]) - expected) < 0.001
    assert told["availability"]["text"].endswith("% over 90 days, the mean over 2 services")
    assert told["mttr-p0"]["url"] == "/respond/learning/rows/?measure=mttr&severity=0"
    assert later["mttr-p0"] == "not_applicable"
