"""
Opsgenie: what `GET /v2/schedules?expand=rotation` answers, and beside it, where wanted,
`timeline` (of `GET /v2/schedules/{id}/timeline`) and `overrides`.

All rotations of a schedule are on call at once, so their layers have one priority.
"""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

from operations.importers.shape import (
    Export,
    LayerShape,
    Rendered,
    Said,
    ScheduleShape,
    Who,
    beginning,
    hours_by_day,
    known_zone,
    moment,
    optional_moment,
    restricted,
)

Json = Any
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ROTATIONS = {"hourly", "daily", "weekly"}


def read(body: Json) -> Export:
    export = Export([])
    beside = body if isinstance(body, dict) else {}
    for given in _schedules(body):
        export.schedules.append(_schedule({**_extras(beside, given), **given}, export))
    return export


def _schedules(body: Json) -> list[Json]:
    found = body.get("data", body.get("schedules", body)) if isinstance(body, dict) else body
    return found if isinstance(found, list) else [found]


def _extras(body: Json, given: Json) -> Json:
    """What a file holds beside its schedules: for the only one, or by the schedule's id."""
    extras = {}
    for name in ("timeline", "overrides"):
        value = body.get(name)
        if isinstance(value, dict) and given.get("id") in value:
            value = value[given["id"]]
        if value:
            extras[name] = value
    return extras


def _schedule(given: Json, export: Export) -> ScheduleShape:
    notes: list[str] = []
    shape = ScheduleShape(
        name=given["name"],
        time_zone=known_zone(given.get("timezone"), notes),
        description=given.get("description") or "",
        notes=notes,
    )
    if given.get("enabled") is False:
        notes.append("This schedule is switched off there.")
    for rotation in given.get("rotations", []):
        shape.layers += _layers(rotation, shape, export)
    shape.overrides = [
        Said(_know(export, row["user"]), moment(row["startDate"]), moment(row["endDate"]))
        for row in given.get("overrides", [])
    ]
    shape.rendered = list(_rendered(given.get("timeline") or {}, export))
    return shape


def _layers(given: Json, shape: ScheduleShape, export: Export) -> list[LayerShape]:
    name = given.get("name") or "Rotation"
    people = [row for row in given.get("participants", []) if row.get("type") == "user"]
    if len(people) != len(given.get("participants", [])):
        shape.notes.append(
            f"Rotation “{name}” has participants that are no people (teams, escalations or "
            "nobody); they were left out."
        )
    if not people or given["type"] not in ROTATIONS:
        shape.notes.append(f"Rotation “{name}” was left out.")
        return []
    layer = LayerShape(
        name=name,
        groups=tuple((_know(export, row),) for row in people),
        rotation=given["type"],
        interval=int(given.get("length") or 1),
        valid_from=moment(given["startDate"]),
        valid_until=optional_moment(given.get("endDate")),
        **beginning(moment(given["startDate"]), shape.zone),
    )
    return restricted(layer, _spans(given.get("timeRestriction") or {}))


def _spans(given: Json) -> Iterator[Any]:
    rows = given.get("restrictions") or (
        [given["restriction"]] if "restriction" in given else []
    )
    for row in rows:
        start, end = _time(row, "start"), _time(row, "end")
        if "startDay" in row:
            first, last = DAYS.index(row["startDay"].lower()), DAYS.index(row["endDay"].lower())
            yield from hours_by_day(first, start, _length(start, end, (last - first) % 7))
        else:
            for day in range(7):
                yield from hours_by_day(day, start, _length(start, end, 0))


def _time(row: Json, which: str) -> time:
    return time(int(row[f"{which}Hour"]) % 24, int(row.get(f"{which}Min") or 0))


def _length(start: time, end: time, days: int) -> timedelta:
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute + days * 1440
    return timedelta(
        minutes=minutes if minutes > 0 else minutes + (1440 if not days else 10080)
    )


def _rendered(given: Json, export: Export) -> Iterator[Rendered]:
    timeline = given.get("data", given)
    for rotation in (timeline.get("finalTimeline") or {}).get("rotations", []):
        for row in rotation.get("periods", []):
            if recipient := row.get("recipient"):
                key = _know(export, recipient)
                yield Rendered(key, moment(row["startDate"]), moment(row["endDate"]))


def _know(export: Export, user: Json) -> str:
    """People go by their user name, which is an e-mail address."""
    name = user.get("username") or user.get("name") or str(user.get("id"))
    export.people[name] = Who(name, name, name if "@" in name else "")
    return name
