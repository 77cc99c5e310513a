"""What a sweep does with many: one that is broken stops no other (RELIABILITY F36)."""

import pytest
from django.db import OperationalError

from portal import sweeping
from portal.sweeping import each


def test_one_that_is_broken_stops_no_other_and_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    looked_at = []

    def look(pk: int) -> None:
        if pk == 2:
            raise ValueError("poisoned")
        looked_at.append(pk)

    assert each([1, 2, 3], look, what="Alert") == 2
    assert looked_at == [1, 3]
    assert "Alert 2 could not be looked at" in caplog.text


def test_a_database_that_is_away_ends_the_round() -> None:
    def look(pk: int) -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        each([1, 2], look, what="Alert")


def test_before_the_end_each_is_asked_with_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sweeping, "_endings", {})
    left: list[float] = []

    def broken(patience: float) -> None:
        raise OperationalError("gone")

    sweeping.before_the_end("send", left.append)
    sweeping.before_the_end("break", broken)
    sweeping.before_the_end("write", left.append)
    sweeping.finish_all(5)

    assert [round(seconds) for seconds in left] == [5, 5]
    assert "“break” could not be finished" in caplog.text
