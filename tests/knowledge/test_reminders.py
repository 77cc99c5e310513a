"""When an action item is reminded of."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from knowledge.reminders import managers_hear_of_it, next_reminder

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(
    [UTC, *map(ZoneInfo, ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"])]
)


@given(DAYS, MOMENTS, ZONES)
def test_the_next_one_is_later_and_on_a_day_that_was_agreed(
    due_on: date, after: datetime, zone: ZoneInfo
) -> None:
    at = next_reminder(due_on, after, zone)
    days = (at.astimezone(zone).date() - due_on).days
    assert at > after
    assert at.astimezone(zone).time() == time(8)
    assert days in {-7, -1, 0} or (days > 0 and days % 7 == 0)


@given(DAYS, st.integers(1, 60), ZONES)
def test_none_is_left_out(due_on: date, days_before: int, zone: ZoneInfo) -> None:
    at = datetime.combine(due_on - timedelta(days=days_before), time(12), zone)
    seen: list[int] = []
    while len(seen) < 8:
        at = next_reminder(due_on, at, zone)
        seen.append((at.astimezone(zone).date() - due_on).days)
    agreed = [-7, -1, 0, 7, 14, 21, 28, 35, 42, 49, 56]
    first = agreed.index(seen[0])
    assert seen == agreed[first : first + 8]
    assert seen[0] == next(day for day in agreed if day > -days_before)


@given(DAYS, MOMENTS, ZONES)
def test_what_is_overdue_is_never_silent_for_more_than_a_week(
    due_on: date, after: datetime, zone: ZoneInfo
) -> None:
    moments = [after]
    for _ in range(5):
        moments.append(next_reminder(due_on, moments[-1], zone))
    late = [at for at in moments if at.astimezone(zone).date() >= due_on]
    week = timedelta(days=7, hours=1)  # an hour for the change of clocks
    assert all(two - one <= week for one, two in pairwise(late))


def test_managers_hear_of_it_after_two_weeks() -> None:
    due_on = date(2026, 12, 1)
    assert not managers_hear_of_it(due_on, date(2026, 12, 14))
    assert managers_hear_of_it(due_on, date(2026, 12, 15))
