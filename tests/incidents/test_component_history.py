"""The arithmetic of bars and uptime, against a count minute by minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.component_bars import bars, per_cent, uptime
from incidents.component_history import DOWN, Stretch, history, laid_flat
from incidents.component_states import RANKS, Cause, impact_of, shown, worst
from incidents.models import ComponentState, Impact

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
BEGIN = NOW - timedelta(hours=6)
UP, SLOW, MAJOR = (
    ComponentState.OPERATIONAL,
    ComponentState.DEGRADED,
    ComponentState.MAJOR_OUTAGE,
)
MAINTENANCE = ComponentState.UNDER_MAINTENANCE

minutes = st.integers(-60, 420)
causes = st.lists(
    st.builds(
        lambda state, start, length: Stretch(
            state,
            BEGIN + timedelta(minutes=start),
            BEGIN + timedelta(minutes=start + length),
        ),
        st.sampled_from(list(ComponentState)),
        minutes,
        st.integers(1, 120),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(causes)
def test_at_each_minute_the_worst_cause_is_shown(found: list[Stretch]) -> None:
    flat = laid_flat(found, begins=BEGIN, ends=NOW)
    assert flat[0].starts == BEGIN
    assert flat[-1].ends == NOW
    assert all(a.ends == b.starts and a.state != b.state for a, b in pairwise(flat))
    for minute in range(0, 360, 7):
        at = BEGIN + timedelta(minutes=minute)
        wanted = max(
            (each.state for each in found if each.starts <= at < each.ends),
            key=RANKS.__getitem__,
            default=UP,
        )
        assert next(each.state for each in flat if each.starts <= at < each.ends) == wanted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(causes)
def test_uptime_is_what_counting_minutes_gives(found: list[Stretch]) -> None:
    flat = laid_flat(found, begins=BEGIN, ends=NOW)
    shown_history = history(flat, now=NOW, zone=ZoneInfo("UTC"), days=3)
    states = [
        next(each.state for each in flat if each.starts <= at < each.ends)
        for at in (BEGIN + timedelta(minutes=minute) for minute in range(360))
    ]
    down = sum(state in DOWN for state in states)
    planned = sum(state == MAINTENANCE for state in states)
    assert shown_history.known == timedelta(hours=6)
    assert shown_history.down == timedelta(minutes=down)
    if planned < 360:
        assert shown_history.uptime is not None
        assert abs(shown_history.uptime - 100 * (1 - down / (360 - planned))) < 1e-9
    else:
        assert shown_history.uptime is None
    assert shown_history.with_maintenance is not None
    assert abs(shown_history.with_maintenance - 100 * (1 - (down + planned) / 360)) < 1e-9


def test_what_nobody_knows_is_neither_good_nor_counted() -> None:
    known = [Stretch(UP, NOW - timedelta(days=1), NOW)]
    found = history(known, now=NOW, zone=ZoneInfo("UTC"))
    assert len(found.days) == 90
    assert [day.state for day in found.days[-3:]] == [None, UP, UP]
    assert found.uptime == 100
    assert history([], now=NOW, zone=ZoneInfo("UTC")).uptime is None
    assert uptime(history([], now=NOW, zone=ZoneInfo("UTC"))) == "Uptime not known yet"


def test_days_are_those_of_the_page_s_zone() -> None:
    late = datetime(2026, 11, 8, 23, 30, tzinfo=UTC)
    found = history(
        [Stretch(MAJOR, late, late + timedelta(minutes=10))],
        now=NOW,
        zone=ZoneInfo("Europe/Berlin"),
    )
    bad = [day.on for day in found.days if day.state == MAJOR]
    assert bad == [date(2026, 11, 9)]


def test_quiet_days_are_one_bar_and_each_bad_day_has_words() -> None:
    began = NOW - timedelta(days=10)
    stretches = [
        Stretch(UP, began, NOW - timedelta(days=2)),
        Stretch(MAJOR, NOW - timedelta(days=2), NOW - timedelta(days=2, minutes=-25)),
        Stretch(UP, NOW - timedelta(days=2, minutes=-25), NOW),
    ]
    drawn = bars(history(stretches, now=NOW, zone=ZoneInfo("UTC")))
    assert [bar["letter"] for bar in drawn] == ["u", "g", "o", "g"]
    assert sum(bar["width"] for bar in drawn) == 90
    assert drawn[2]["title"] == "8 Nov: Major outage, 25 min down"


def test_two_figures_where_planned_maintenance_makes_another() -> None:
    stretches = [
        Stretch(UP, NOW - timedelta(days=10), NOW - timedelta(days=1)),
        Stretch(MAINTENANCE, NOW - timedelta(days=1), NOW),
    ]
    found = history(stretches, now=NOW, zone=ZoneInfo("UTC"))
    assert uptime(found) == "100 % uptime, 90 % with planned maintenance"


def test_a_share_is_never_rounded_up_to_a_hundred() -> None:
    assert per_cent(99.9999) == "99.99 %"
    assert per_cent(100) == "100 %"


def test_the_worst_cause_is_shown_and_the_earliest_of_its_kind() -> None:
    early, late = NOW - timedelta(hours=2), NOW
    found = shown(
        [Cause(SLOW, early), Cause(MAJOR, late), Cause(MAJOR, early), Cause(UP, early)]
    )
    assert found == Cause(MAJOR, early)
    assert shown([Cause(UP, early)]) is None
    assert worst([]) == UP
    assert [impact_of([state]) for state in ComponentState] == [
        Impact.NONE,
        Impact.NONE,
        Impact.MINOR,
        Impact.MAJOR,
        Impact.CRITICAL,
    ]
