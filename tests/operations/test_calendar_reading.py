"""What iCalendar files of many programs say: recurrence, exceptions, zones, limits."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from operations.calendar_bounds import read_bounded
from operations.calendar_reading import MOST_INSTANCES, Instance, Reading, Unreadable, read

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 5, 1, tzinfo=UTC)
OUTLOOK = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
ODD_ZONE = OUTLOOK.replace("W. Europe Standard Time", "Our office (customised)")


def calendar(*events: str, head: str = "") -> bytes:
    wrapped = [f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT" for event in events]
    body = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", head, *wrapped])
    lines = [line for line in f"{body}\nEND:VCALENDAR".splitlines() if line]
    return "\r\n".join(lines).encode() + b"\r\n"


def reading(*events: str, head: str = "") -> Reading:
    return read(calendar(*events, head=head), zone=BERLIN, start=START, end=END)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spans(*events: str, head: str = "") -> list[tuple[str, str]]:
    return [
        (f"{each.starts_at:%m-%d %H:%M}", f"{each.ends_at:%m-%d %H:%M}")
        for each in reading(*events, head=head).instances
    ]


def test_a_weekly_rule_follows_the_clock_through_the_change_of_time() -> None:
    found = spans(
        """UID:a
DTSTART;TZID=Europe/Berlin:20260323T090000
DTEND;TZID=Europe/Berlin:20260330T090000
RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2
SUMMARY:Olivia"""
    )

    assert found == [("03-23 08:00", "03-30 07:00"), ("04-06 07:00", "04-13 07:00")]


def test_what_was_taken_out_is_out_and_what_was_moved_is_moved() -> None:
    rule = """UID:a
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260302T170000
RRULE:FREQ=DAILY;COUNT=4
EXDATE;TZID=Europe/Berlin:20260303T090000
SUMMARY:Olivia"""
    moved = """UID:a
RECURRENCE-ID;TZID=Europe/Berlin:20260304T090000
DTSTART;TZID=Europe/Berlin:20260304T120000
DTEND;TZID=Europe/Berlin:20260304T130000
SUMMARY:Max"""

    found = reading(rule, moved).instances

    assert [(each.starts_at.day, each.starts_at.hour, each.title) for each in found] == [
        (2, 8, "Olivia"),
        (4, 11, "Max"),
        (5, 8, "Olivia"),
    ]


def test_the_end_of_whole_days_is_the_midnight_before_it() -> None:
    found = spans(
        "UID:a\nDTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330\nSUMMARY:Olivia",
        "UID:b\nDTSTART;VALUE=DATE:20260401\nSUMMARY:One day",
    )

    # In Berlin's days; the clock changes on the 29th.
    assert found == [("03-27 23:00", "03-29 22:00"), ("03-31 22:00", "04-01 22:00")]


@pytest.mark.parametrize(
    ("head", "zone"),
    [
        (OUTLOOK, "W. Europe Standard Time"),
        ("", "W. Europe Standard Time"),  # Outlook's name, and nothing about it
        (ODD_ZONE, "Our office (customised)"),
    ],
)
def test_zones_without_a_name_that_the_world_knows(head: str, zone: str) -> None:
    found = spans(
        f"""UID:a
DTSTART;TZID={zone}:20260327T090000
DTEND;TZID={zone}:20260327T100000
RRULE:FREQ=DAILY;COUNT=3
SUMMARY:Olivia""",
        head=head,
    )

    assert [start for start, _end in found] == ["03-27 08:00", "03-28 08:00", "03-29 07:00"]


def test_times_without_a_zone_are_the_schedules() -> None:
    assert spans("UID:a\nDTSTART:20260310T090000\nDTEND:20260310T100000\nSUMMARY:O") == [
        ("03-10 08:00", "03-10 09:00")
    ]
    assert spans("UID:a\nDTSTART:20260310T090000Z\nDURATION:PT2H\nSUMMARY:O") == [
        ("03-10 09:00", "03-10 11:00")
    ]


def test_a_time_that_does_not_exist_keeps_the_offset_from_before() -> None:
    found = spans(
        """UID:a
DTSTART;TZID=Europe/Berlin:20260328T023000
DTEND;TZID=Europe/Berlin:20260328T060000
RRULE:FREQ=DAILY;COUNT=2
SUMMARY:Olivia"""
    )

    assert [start for start, _end in found] == ["03-28 01:30", "03-29 01:30"]  # 03:30 by then


def test_priority_title_and_those_who_attend() -> None:
    (found,) = reading(
        """UID:a
DTSTART:20260310T090000Z
DTEND:20260310T100000Z
SUMMARY:[L2] OLIVIA@example.com
ATTENDEE;CN=Max:MAILTO:Max@Example.com"""
    ).instances

    assert found == Instance(
        "a",
        utc("2026-03-10T09:00"),
        utc("2026-03-10T10:00"),
        "OLIVIA@example.com",
        ("Max@Example.com",),
        2,
    )


def test_what_is_cancelled_or_takes_no_time_is_left_out() -> None:
    found = reading(
        "UID:a\nDTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSTATUS:CANCELLED\nSUMMARY:A",
        "UID:b\nDTSTART:20260310T090000Z\nDTEND:20260310T090000Z\nSUMMARY:B",
    )

    assert found.instances == []
    assert found.notes == ["“B” was left out: it takes no time."]


@pytest.mark.parametrize(
    "broken",
    [
        "DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nRRULE:FREQ=SOMETIMES",
        "DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nRRULE:FREQ=SECONDLY",
        "DTSTART:yesterday\nDTEND:20260310T100000Z",
        "DTSTART;TZID=Nowhere/At all:20260310T0900\nDTEND:20260310T100000Z",
        "DTEND:20260310T100000Z",
    ],
)
def test_one_broken_event_does_not_hide_the_others_and_is_told(broken: str) -> None:
    good = "UID:good\nDTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSUMMARY:Olivia"
    found = reading(good, f"UID:bad\nSUMMARY:Max\n{broken}")

    assert [each.uid for each in found.instances] == ["good"]
    assert len(found.notes) == 1
    assert "“Max” was left out" in found.notes[0]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"<html>Sign in</html>", "not_a_calendar"),
        (b"", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "broken_calendar"),
    ],
)
def test_what_is_no_calendar_is_refused_with_a_code(source: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(source, zone=BERLIN, start=START, end=END)
    assert refused.value.code == code


def test_only_so_many_shifts_are_read_and_it_says_so() -> None:
    hourly = "DTSTART:20260301T{:02}0000Z\nDURATION:PT30M\nRRULE:FREQ=HOURLY\nSUMMARY:O"
    events = [f"UID:{number}\n{hourly.format(number)}" for number in range(6)]

    found = reading(*events)

    assert len(found.instances) == MOST_INSTANCES
    assert "Only the first 5000 shifts were read" in found.notes[0]


def test_local_times_at_the_edge_of_what_is_asked_are_those_of_the_zone() -> None:
    source = calendar(
        """UID:a
DTSTART:20260228T200000
DURATION:PT2H
SUMMARY:Before midnight there, already March in UTC""",
        """UID:b
DTSTART:20260501T010000
DURATION:PT2H
SUMMARY:May there, still April in UTC""",
    )

    west = read(source, zone=ZoneInfo("America/Los_Angeles"), start=START, end=END)
    east = read(source, zone=ZoneInfo("Asia/Tokyo"), start=START, end=END)

    assert [each.uid for each in west.instances] == ["a"]
    assert [each.uid for each in east.instances] == ["b"]


def test_an_old_hourly_rule_is_read_in_good_time() -> None:
    began = time.process_time()
    found = reading(
        "UID:a\nDTSTART:20210301T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY\nSUMMARY:O"
    )

    assert len(found.instances) == 61 * 24
    assert time.process_time() - began < 60  # seconds of work, not of waiting


def test_a_process_of_its_own_reads_the_same() -> None:
    source = calendar(
        """UID:a
DTSTART;TZID=Europe/Berlin:20260323T090000
DTEND;TZID=Europe/Berlin:20260330T090000
RRULE:FREQ=WEEKLY
ATTENDEE:mailto:olivia@example.com
SUMMARY:Olivia"""
    )
    span = {"start": START, "end": END}

    assert read_bounded(source, zone=BERLIN, **span) == read(source, zone=BERLIN, **span)
    with pytest.raises(Unreadable, match="not an iCalendar"):
        read_bounded(b"hello", zone=BERLIN, **span)


def test_a_rule_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.calendar_bounds.WALL_SECONDS", 2.0)
    source = calendar(
        "UID:a\nDTSTART:20260301T000000Z\nDURATION:PT1H\nSUMMARY:O\n"
        "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"
    )

    with pytest.raises(Unreadable) as refused:
        read_bounded(source, zone=BERLIN, start=START, end=START + timedelta(days=1))
    assert refused.value.code == "over_budget"
