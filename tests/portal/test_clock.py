"""Of several machines none goes by a clock of its own that is wrong (RELIABILITY R17, F16)."""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from portal import auditor, clock

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    clock._ours["ahead"] = timedelta(0)


def compare(off_by: timedelta) -> None:
    """Find this machine's clock ahead of the database's by so much."""
    with (
        patch.object(clock, "_by_the_database", lambda: timezone.now() - off_by),
        patch.object(connection, "vendor", "postgresql"),
        override_settings(FOLLOW_DATABASE_CLOCK=True),
    ):
        clock.follow_the_database()


@pytest.mark.parametrize("off_by", [HOUR, -HOUR, timedelta(days=1), 90 * SECOND])
def test_a_clock_that_is_wrong_or_was_set_is_put_right(off_by: timedelta) -> None:
    compare(off_by)
    assert abs(clock.now() - (timezone.now() - off_by)) < SECOND

    compare(timedelta(0))  # somebody set it right
    assert clock.ahead() == timedelta(0)


def test_a_moment_is_no_reason() -> None:
    compare(SECOND / 2)
    assert clock.ahead() == timedelta(0)


def test_the_embedded_database_has_no_clock_of_its_own() -> None:
    with patch.object(connection, "vendor", "sqlite"):
        clock.follow_the_database()
    assert clock.ahead() == timedelta(0)


def test_the_auditor_names_it() -> None:
    assert list(auditor.clocks_agree(clock.now())) == []
    compare(90 * SECOND)
    (found,) = auditor.clocks_agree(clock.now())
    assert "90 s off" in found.sentence or "89 s off" in found.sentence


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="its clock is this machine's")
def test_the_database_says_what_time_it_is() -> None:
    assert abs(clock._by_the_database() - timezone.now()) < 5 * SECOND
