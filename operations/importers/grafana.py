"""
Grafana OnCall: `schedules`, `on_call_shifts` (or `shifts`) and `users` of its API in one
object; `final_shifts` are its own answer. An iCalendar file is read as a calendar.

A higher level wins, as a higher priority does here.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operations.importers.shape import (
    DAY,
    Export,
    LayerShape,
    Rendered,
    Said,
    ScheduleShape,
    Who,
    beginning,
    known_zone,
    moment,
)

Json = Any
BY_DAY = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
FREQUENCIES = {"hourly", "daily", "weekly", "monthly"}


def read(body: Json) -> Export:
    export = Export([])
    for user in _results(body.get("users")):
        _know(export, user)
    given = _results(body.get("on_call_shifts") or body.get("shifts"))
    shifts = {row["id"]: row for row in given}
    finals = body.get("final_shifts") or {}
    for row in _results(body.get("schedules")):
        export.schedules.append(_schedule(row, shifts, finals, export))
    return export


def read_calendar(content: str) -> Export:
    """A schedule that follows a calendar, as “export iCal” gives it."""
    shape = ScheduleShape(name="Grafana OnCall", time_zone="UTC", calendar=content)
    shape.notes.append(
        "The file is kept as a calendar: its shifts are read from it, one by one."
    )
    return Export([shape])


def _results(given: Json) -> list[Json]:
    found = given.get("results", []) if isinstance(given, dict) else given or []
    return list(found)


def _schedule(given: Json, shifts: Json, finals: Json, export: Export) -> ScheduleShape:
    notes: list[str] = []
    shape = ScheduleShape(
        name=given["name"],
        time_zone=known_zone(given.get("time_zone") or "UTC", notes),
        notes=notes,
    )
    if given.get("ical_url_primary"):
        notes.append("It follows a calendar: add that calendar's address after carrying over.")
    for pk in given.get("shifts") or []:
        if pk not in shifts:
            notes.append(f"The file has no shift {pk}; it was left out.")
            continue
        _put(shifts[pk], shape, export)
    rows = (
        finals.get(given["id"], [])
        if isinstance(finals, dict) and "results" not in finals
        else finals
    )
    shape.rendered = list(_rendered(_results(rows), export))
    return shape


def _put(given: Json, shape: ScheduleShape, export: Export) -> None:
    name = given.get("name") or given["id"]
    zone = _zone(given, shape)
    start = _local(given.get("rotation_start") or given["start"], zone)
    length = timedelta(seconds=int(given["duration"]))
    if given["type"] in {"single_event", "override"}:
        kind = "replace" if given["type"] == "override" else "add"
        start = _local(given["start"], zone)
        shape.overrides += [
            Said(_ref(export, key), start, start + length, kind)
            for key in given.get("users") or []
        ]
        return
    if given.get("by_month") or given.get("by_monthday"):
        shape.notes.append(f"Shift “{name}” was left out: it goes by days of the month.")
        return
    if layer := _layer(given, name, shape, export, length):
        shape.layers.append(layer)


def _layer(
    given: Json, name: str, shape: ScheduleShape, export: Export, length: timedelta
) -> LayerShape | None:
    if given["type"] == "rolling_users":
        groups = [tuple(_ref(export, key) for key in group) for group in given["rolling_users"]]
        first = int(given.get("start_rotation_from_user_index") or 0)
        groups = [group for group in groups[first:] + groups[:first] if group]
    else:
        groups = [tuple(_ref(export, key) for key in given.get("users") or [])]
    if not groups or not groups[0] or given.get("frequency") not in FREQUENCIES:
        shape.notes.append(f"Shift “{name}” was left out: it has no people or no rotation.")
        return None
    zone = _zone(given, shape)
    start = _local(given["start"], zone)
    days = tuple(sorted(BY_DAY[day] for day in given.get("by_day") or []))
    return LayerShape(
        name=name,
        groups=tuple(groups),
        rotation=given["frequency"],
        interval=int(given.get("interval") or 1),
        priority=int(given.get("level") or 0),
        weekdays=days if len(days) < 7 else (),
        hours=_hours(start.astimezone(shape.zone), length, given["frequency"]),
        valid_from=_local(given.get("rotation_start") or given["start"], zone),
        valid_until=_local(given["until"], zone) if given.get("until") else None,
        **beginning(start, shape.zone),
    )


def _hours(start: datetime, length: timedelta, frequency: str) -> tuple[tuple[time, time], ...]:
    """A shift shorter than a day keeps its hours; an hourly one is its own length."""
    if frequency == "hourly" or length >= DAY:
        return ()
    return ((start.time(), (start + length).time()),)


def _zone(given: Json, shape: ScheduleShape) -> ZoneInfo:
    name = given.get("time_zone")
    return ZoneInfo(known_zone(name, shape.notes)) if name else shape.zone


def _local(text: str, zone: ZoneInfo) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _rendered(rows: list[Json], export: Export) -> Iterator[Rendered]:
    for row in rows:
        user = {
            "id": row.get("user_pk") or row.get("user_email"),
            "email": row.get("user_email"),
            "username": row.get("user_username"),
        }
        key = _know(export, user)
        yield Rendered(key, moment(row["shift_start"]), moment(row["shift_end"]))


def _ref(export: Export, key: str) -> str:
    export.people.setdefault(key, Who(key, key, ""))
    return key


def _know(export: Export, user: Json) -> str:
    key = str(user["id"])
    known = export.people.get(key)
    email = user.get("email") or (known.email if known else "")
    name = user.get("username") or user.get("name") or (known.name if known else key)
    export.people[key] = Who(key, name, email)
    return key
