from datetime import timedelta
from decimal import Decimal

import pytest

from maintenance import workflow
from maintenance.figures import (
    Counts,
    change_failure_rate,
    counts,
    deployment_frequency,
    rollback_rate,
)
from maintenance.models import Deployment
from portal import clock
from portal.models import Service, User
from portal.slots import gather
from tests.maintenance.make import make_deployment


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Counts(0, 0, 0), (None, None, None)),
        (Counts(13, 0, 0), ("1.0", "0.0", "0.0")),
        (Counts(90, 3, 1), ("7.0", "3.3", "1.1")),
        (Counts(2, 2, 1, timedelta(days=7)), ("2.0", "100.0", "50.0")),
    ],
)
def test_each_figure(told: Counts, expected: tuple[str | None, ...]) -> None:
    found = (deployment_frequency(told), change_failure_rate(told), rollback_rate(told))

    assert found == tuple(Decimal(value) if value else None for value in expected)


def test_only_production_that_finished_within_the_period_counts(
    olivia: User, checkout: Service
) -> None:
    now = clock.now() + timedelta(seconds=1)
    good = make_deployment(checkout, olivia)
    make_deployment(checkout, olivia, environment="staging")
    make_deployment(checkout, olivia, result="running")
    make_deployment(checkout, olivia, finished_at=now - timedelta(days=91))
    make_deployment(checkout, olivia, rolls_back=good)

    told = counts(Deployment.objects.all(), now)

    assert told == Counts(deployments=2, failed=1, rollbacks=1)


def test_two_failures_of_one_deployment_are_one(olivia: User, checkout: Service) -> None:
    row = make_deployment(checkout, olivia)
    workflow.mark_failed(row, reason="x", actor=None)
    make_deployment(checkout, olivia, rolls_back=row)

    assert counts(Deployment.objects.all(), clock.now()).failed == 1


def test_the_board_hears_of_none_and_of_some(
    olivia: User, otto: User, checkout: Service
) -> None:
    def told(user: User) -> dict[str, tuple[object, ...]]:
        return {
            row["key"]: (row["state"], row["value"], row["n"])
            for row in gather("improve.figures", user)
            if row["key"] in {"deployment-frequency", "change-failure-rate", "rollback-rate"}
        }

    assert set(told(olivia).values()) == {("not_applicable", None, 0)}
    make_deployment(checkout, olivia, result="failed")

    assert told(olivia) == {
        "deployment-frequency": ("recorded", Decimal("0.1"), 1),
        "change-failure-rate": ("recorded", Decimal("100.0"), 1),
        "rollback-rate": ("recorded", Decimal("0.0"), 1),
    }
    assert set(told(otto).values()) == {("not_applicable", None, 0)}
