"""
Notices of suppliers about their own maintenance, after the MAINTNOTE draft on iCalendar.

Pure: text in, notices and faults out. An event without a property that the draft requires is a
fault, told with the name of the property; an impact that is not known counts as an outage.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from icalendar import Calendar

from portal.moments import YEARS, is_plausible

LONGEST = 256_000  # bytes of a file
MOST = 200  # events of a file
# What the parser raises; the last two of endless durations and of endless nesting.
BROKEN = (
    *(ValueError, KeyError, IndexError, TypeError, AttributeError),
    *(OverflowError, RecursionError),
)
DIGITS = 9  # of a sequence, which any database holds
IMPACTS = ("NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE")
STATUSES = ("TENTATIVE", "CONFIRMED", "CANCELLED", "IN-PROCESS", "COMPLETED")
REQUIRED = (
    *("DTSTAMP", "DTSTART", "DTEND", "UID", "SUMMARY", "ORGANIZER", "SEQUENCE"),
    *("X-MAINTNOTE-PROVIDER", "X-MAINTNOTE-ACCOUNT", "X-MAINTNOTE-MAINTENANCE-ID"),
    *("X-MAINTNOTE-OBJECT-ID", "X-MAINTNOTE-IMPACT"),
)


class Notice(NamedTuple):
    """One maintenance of a supplier; `(provider, uid)` names it, the sequence counts on."""

    provider: str
    uid: str
    sequence: int
    account: str
    summary: str
    organizer: str
    maintenance_ids: list[str]
    objects: list[dict[str, str]]  # {"id": "circuit 7", "impact": "OUTAGE"}
    impact: str
    status: str  # one of STATUSES, or empty
    starts_at: datetime
    ends_at: datetime


class Fault(NamedTuple):
    """What is wrong with a file (`number` 0) or with one of its events."""

    number: int
    sentence: str


def read(source: bytes) -> tuple[list[Notice], list[Fault]]:
    """Return what a file tells and what is wrong with it; one fault spoils no other event."""
    if len(source) > LONGEST:
        return [], [Fault(0, f"The file is longer than {LONGEST} bytes.")]
    if b"BEGIN:VCALENDAR" not in source.upper():
        return [], [Fault(0, "This is not an iCalendar file.")]
    try:
        calendars = Calendar.from_ical(source.decode("utf-8-sig", "replace"), multiple=True)
        events = [event for each in calendars for event in each.walk("VEVENT")]
    except BROKEN as error:
        return [], [Fault(0, f"The calendar is broken: {str(error)[:200]}")]
    if not events:
        return [], [Fault(0, "The calendar has no event.")]
    if len(events) > MOST:
        return [], [Fault(0, f"The calendar has more than {MOST} events.")]
    notices: list[Notice] = []
    faults: list[Fault] = []
    for number, event in enumerate(events, start=1):
        found = list(_faults(event))
        if found:
            faults += [Fault(number, sentence) for sentence in found]
        else:
            notices.append(_notice(event))
    return notices, faults


def _faults(event: Any) -> Iterator[str]:
    missing = [name for name in REQUIRED if not _texts(event, name)]
    if missing:
        yield "Required and not there: " + ", ".join(missing) + "."
        return
    start, end = _instant(event, "DTSTART"), _instant(event, "DTEND")
    if start is None or end is None:
        years = f"{YEARS[0]} and {YEARS[-1]}"
        yield f"DTSTART and DTEND must be moments with a zone, between {years}."
    elif end <= start:
        yield "DTEND must be after DTSTART."
    sequence = _texts(event, "SEQUENCE")[0]
    if not sequence.isascii() or not sequence.isdecimal() or len(sequence) > DIGITS:
        yield "SEQUENCE must be a number."


def _notice(event: Any) -> Notice:
    start, end = _instant(event, "DTSTART"), _instant(event, "DTEND")
    assert start is not None
    assert end is not None
    impact = _known_impact(_texts(event, "X-MAINTNOTE-IMPACT")[0])
    status = next(iter(_texts(event, "X-MAINTNOTE-STATUS")), "").upper()
    return Notice(
        provider=_texts(event, "X-MAINTNOTE-PROVIDER")[0][:200],
        uid=_texts(event, "UID")[0][:300],
        sequence=int(_texts(event, "SEQUENCE")[0]),
        account=_texts(event, "X-MAINTNOTE-ACCOUNT")[0][:200],
        summary=_texts(event, "SUMMARY")[0][:300],
        organizer=_texts(event, "ORGANIZER")[0].removeprefix("mailto:")[:300],
        maintenance_ids=[name[:200] for name in _texts(event, "X-MAINTNOTE-MAINTENANCE-ID")],
        objects=[_object(value, impact) for value in _values(event, "X-MAINTNOTE-OBJECT-ID")],
        impact=impact,
        status=status if status in STATUSES else "",
        starts_at=start,
        ends_at=end,
    )


def _object(value: Any, impact: str) -> dict[str, str]:
    own = getattr(value, "params", {}).get("X-MAINTNOTE-OBJECT-IMPACT")
    return {
        "id": printable(str(value))[:200],
        "impact": _known_impact(str(own)) if own else impact,
    }


def _known_impact(word: str) -> str:
    return word.upper() if word.upper() in IMPACTS else "OUTAGE"


def _values(event: Any, name: str) -> list[Any]:
    found = event.get(name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _texts(event: Any, name: str) -> list[str]:
    if name in {"DTSTAMP", "DTSTART", "DTEND"}:
        return [name] if hasattr(event.get(name), "dt") else []
    return [text for value in _values(event, name) if (text := printable(str(value)))]


def printable(text: str) -> str:
    """Return text without what no page shows and not every database keeps."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _instant(event: Any, name: str) -> datetime | None:
    moment = event[name].dt
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    return moment.astimezone(UTC) if is_plausible(moment) else None
