"""Clocks: for every target and every moment exactly one thing is true."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import clocks
from incidents.models import Incident, SeverityPolicy
from incidents.reminders import DAY, next_reminder

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.timedeltas(timedelta(0), timedelta(days=400))
MINUTES = st.integers(1, 100_000)


@given(start=MOMENTS, minutes=MINUTES, passed=SPANS)
def test_a_running_clock_is_breached_exactly_from_its_due_time(
    start: datetime, minutes: int, passed: timedelta
) -> None:
    due_at = start + timedelta(minutes=minutes)
    state = clocks.state_at(start + passed, start=start, due_at=due_at, done_at=None)

    assert (state == "breached") == (passed >= timedelta(minutes=minutes))
    if state == "at_risk":
        assert passed >= 0.8 * timedelta(minutes=minutes)


@given(start=MOMENTS, minutes=MINUTES, first=SPANS, more=SPANS)
def test_a_running_clock_never_becomes_better(
    start: datetime, minutes: int, first: timedelta, more: timedelta
) -> None:
    due_at = start + timedelta(minutes=minutes)
    order = ["on_time", "at_risk", "breached"]
    earlier, later = (
        clocks.state_at(start + passed, start=start, due_at=due_at, done_at=None)
        for passed in (first, first + more)
    )
    assert order.index(earlier) <= order.index(later)


@given(start=MOMENTS, minutes=MINUTES, done=SPANS, later=SPANS)
def test_what_is_done_stays_as_it_was(
    start: datetime, minutes: int, done: timedelta, later: timedelta
) -> None:
    due_at, done_at = start + timedelta(minutes=minutes), start + done
    state = clocks.state_at(done_at + later, start=start, due_at=due_at, done_at=done_at)
    assert state == ("met" if done_at <= due_at else "breached")


@given(start=MOMENTS, response=MINUTES, resolution=st.none() | MINUTES)
def test_due_times_count_from_detection(
    start: datetime, response: int, resolution: int | None
) -> None:
    policy = SeverityPolicy(response_minutes=response, resolution_minutes=resolution)
    response_due, resolution_due = clocks.due_times(policy, start)

    assert response_due == start + timedelta(minutes=response)
    if resolution is None:
        assert resolution_due is None
    else:
        assert resolution_due == start + timedelta(minutes=resolution)


@given(due=MOMENTS, passed=st.timedeltas(timedelta(days=-60), timedelta(days=60)))
def test_there_is_always_a_next_reminder_within_a_day_once_it_is_due(
    due: datetime, passed: timedelta
) -> None:
    after = due + passed
    upcoming = next_reminder(due, after)

    assert upcoming > after
    assert (upcoming - due) % DAY == timedelta(0)
    if after >= due - DAY:
        assert upcoming - after <= DAY


@pytest.mark.parametrize("acknowledged", [None, 3, 20])
def test_the_response_clock_ends_with_the_first_answer(acknowledged: int | None) -> None:
    start = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
    incident = Incident(detected_at=start, response_due_at=start + timedelta(minutes=5))
    if acknowledged is not None:
        incident.acknowledged_at = start + timedelta(minutes=acknowledged)
    now = start + timedelta(minutes=30)

    state = clocks.response(incident, now).state
    assert state == {None: "breached", 3: "met", 20: "breached"}[acknowledged]


def test_over_before_anybody_answered_is_a_result_of_its_own() -> None:
    start = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
    incident = Incident(
        detected_at=start,
        response_due_at=start + timedelta(minutes=5),
        resolved_at=start + timedelta(minutes=2),
    )
    assert clocks.response(incident, start + timedelta(hours=1)).state == "not_needed"


def test_a_target_without_minutes_is_never_breached() -> None:
    start = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
    incident = Incident(detected_at=start)
    later = start + timedelta(days=90)
    assert clocks.resolution(incident, later).state == "unlimited"
