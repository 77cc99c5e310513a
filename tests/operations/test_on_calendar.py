"""Expressions of systemd's OnCalendar: by table, and against the clock's changes."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.cron_times import times_of
from operations.heartbeat_times import Rhythm
from operations.on_calendar import BadCalendar, check_on_calendar, times_on
from tests.operations.make import NOON

UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze"
)


# Each as `systemd-analyze calendar --base-time="2026-11-29 12:00 UTC"` tells it.
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("daily", ["2026-11-30 00:00", "2026-12-01 00:00"]),
        ("weekly", ["2026-11-30 00:00", "2026-12-07 00:00"]),
        ("Mon..Fri *-*-* 04:30", ["2026-11-30 04:30", "2026-12-01 04:30"]),
        ("Sat,Thu,Mon..Wed", ["2026-11-30 00:00", "2026-12-01 00:00"]),
        ("Mon,Friday 10:00 Europe/Berlin", ["2026-11-30 09:00", "2026-12-04 09:00"]),
        ("*:0/15", ["2026-11-29 12:15", "2026-11-29 12:30"]),
        ("12-24 10:00", ["2026-12-24 10:00", "2027-12-24 10:00"]),
        ("*-01..03-1/10 9..17/2:30", ["2027-01-01 09:30", "2027-01-01 11:30"]),
        ("*-02~03", ["2027-02-26 00:00", "2028-02-27 00:00"]),
        ("Mon *-05~07/1", ["2027-05-31 00:00", "2028-05-29 00:00"]),
        ("*-12~23..27/5", ["2026-12-09 00:00", "2027-12-09 00:00"]),
        ("quarterly UTC", ["2027-01-01 00:00", "2027-04-01 00:00"]),
    ],
)
def test_the_next_times(said: str, expected: list[str]) -> None:
    check_on_calendar(said, now=NOW)

    found = islice(times_on(said, UTC_ZONE, NOW), 2)

    assert [f"{at:%Y-%m-%d %H:%M}" for at in found] == expected


@pytest.mark.parametrize(
    "said",
    [
        "",
        "x",
        "x" * 300,
        "@1",
        "now",
        "Fri..Mon 10:00",
        "26:00",
        "10:00 Mars/Base",
        "daily Europe",
        "daily daily",
        "10",
        "*/2:00",
        "*-*-1..0",
        "*-02-30",
        "Mon *-02-29",
        "2027-01-01 10:00",
        "*:*:0/5",
        "10:00:00.5",
        "1/0:00",
        "٣:00",
        "10:00 UTC UTC UTC",
    ],
)
def test_what_is_none_is_said(said: str) -> None:
    with pytest.raises(BadCalendar):
        check_on_calendar(said, now=NOW)


@pytest.mark.parametrize(
    ("said", "cron"),
    [("02:30", "30 2 * * *"), ("*:30", "30 * * * *"), ("Sun 2,3:*", "* 2,3 * * 0")],
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])
@pytest.mark.parametrize("day", ["2026-03-28", "2026-04-03", "2026-09-05", "2026-10-24"])
def test_the_clock_changes_as_for_cron(said: str, cron: str, zone: str, day: str) -> None:
    if said.startswith("Sun"):
        cron = "0-59 2,3 * * 0"  # by the wall clock there, too
    after = datetime.fromisoformat(day).replace(tzinfo=UTC)

    found = islice(times_on(said, ZoneInfo(zone), after), 100)

    assert list(found) == list(islice(times_of(cron, ZoneInfo(zone), after), 100))


def test_a_zone_of_its_own_counts_more_than_the_heartbeats() -> None:
    rhythm = Rhythm(
        grace=timedelta(minutes=1), on_calendar="10:00 Asia/Tokyo", zone=ZoneInfo("UTC")
    )

    assert rhythm.after(NOON).astimezone(UTC).hour == 1


values = st.integers(0, 20).flatmap(
    lambda low: st.sampled_from([f"{low:02d}", f"{low}..{low + 3}", f"{low}/2", "*"])
)
words = st.tuples(
    st.sampled_from(["", "Mon ", "Mon..Wed ", "Tue,Sat "]),
    st.sampled_from(["", "*-*-10..20 ", "*-02,06~1..5 ", "3/2-7 ", "*-*~07/1 "]),
    values,
    values,
    st.sampled_from(["", " Europe/Berlin", " Asia/Kathmandu"]),
)


@needs_systemd
@settings(max_examples=25, deadline=None)
@given(parts=words)
def test_it_says_what_systemd_says(parts: tuple[str, str, str, str, str]) -> None:
    day, date, hours, minutes, zone = parts
    said = f"{day}{date}{hours}:{minutes}{zone}"
    base = f"--base-time={NOW:%Y-%m-%d %H:%M:%S} UTC"
    command = ["systemd-analyze", "calendar", base, "--iterations=3", said]
    answer = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={"TZ": "UTC", "PATH": "/usr/bin"},
    )
    told = [
        line.split(": ", 1)[1].split(" ", 1)[1].removesuffix(" UTC")
        for line in answer.stdout.splitlines()
        if line.strip().startswith(("Next elapse", "Iter", "(in UTC)" if not zone else "Next"))
        and line.endswith(" UTC")
    ]

    found = [f"{at:%Y-%m-%d %H:%M:%S}" for at in islice(times_on(said, UTC_ZONE, NOW), 3)]

    assert answer.returncode == 0
    assert found == told
