"""
PagerDuty: what `GET /schedules/{id}?since=…&until=…` answers, one or several.

The last layer that was added stands first and wins. `final_schedule` holds the other
program's own answer for the days that were asked for. A list `users` beside the schedules
gives e-mail addresses, a list `overrides` those to come.
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
    rotation_of,
)

Json = Any


def read(body: Json) -> Export:
    export = Export([])
    for user in body.get("users", []) if isinstance(body, dict) else []:
        _know(export, user)
    for given in _schedules(body):
        export.schedules.append(_schedule(given, export))
    return export


def _schedules(body: Json) -> list[Json]:
    if isinstance(body, list):
        return [row.get("schedule", row) for row in body]
    if "schedules" in body:
        return [row.get("schedule", row) for row in body["schedules"]]
    given = body.get("schedule", body)
    return [{"overrides": body.get("overrides", []), **given}] if given else []


def _schedule(given: Json, export: Export) -> ScheduleShape:
    notes: list[str] = []
    shape = ScheduleShape(
        name=given.get("name") or given.get("summary") or "PagerDuty",
        time_zone=known_zone(given.get("time_zone"), notes),
        description=given.get("description") or "",
        notes=notes,
    )
    layers = given.get("schedule_layers", [])
    for number, layer in enumerate(layers):
        shape.layers += _layers(layer, len(layers) - number, shape, export)
    shape.rendered = list(_rendered(given.get("final_schedule"), export))
    said = given.get("overrides") or (given.get("overrides_subschedule") or {}).get(
        "rendered_schedule_entries", []
    )
    shape.overrides = [
        Said(_know(export, row["user"]), moment(row["start"]), moment(row["end"]))
        for row in said
    ]
    return shape


def _layers(
    given: Json, priority: int, shape: ScheduleShape, export: Export
) -> list[LayerShape]:
    name = given.get("name") or f"Layer {priority}"
    length = timedelta(seconds=given["rotation_turn_length_seconds"])
    turn = rotation_of(length)
    if turn is None:
        shape.notes.append(f"Layer “{name}” was left out: its turns last {length}.")
        return []
    people = tuple((_know(export, row["user"]),) for row in given.get("users", []))
    if not people:
        shape.notes.append(f"Layer “{name}” was left out: nobody takes part in it.")
        return []
    layer = LayerShape(
        name=name,
        groups=people,
        rotation=turn[0],
        interval=turn[1],
        priority=priority,
        valid_from=optional_moment(given.get("start")),
        valid_until=optional_moment(given.get("end")),
        **beginning(moment(given["rotation_virtual_start"]), shape.zone),
    )
    if turn[0] == "daily" and _skips_days(given):
        shape.notes.append(
            f"Layer “{name}” counts excluded days as turns; here they are skipped, so the "
            "order of people may differ."
        )
    return restricted(layer, _spans(given.get("restrictions", [])))


def _spans(restrictions: list[Json]) -> Iterator[Any]:
    for row in restrictions:
        start = time.fromisoformat(row["start_time_of_day"])
        length = timedelta(seconds=row["duration_seconds"])
        if row.get("type") == "weekly_restriction":
            yield from hours_by_day(int(row["start_day_of_week"]) - 1, start, length)
        else:
            for day in range(7):
                yield from hours_by_day(day, start, length)


def _skips_days(given: Json) -> bool:
    return any(row.get("type") == "weekly_restriction" for row in given["restrictions"])


def _rendered(given: Json, export: Export) -> Iterator[Rendered]:
    for row in (given or {}).get("rendered_schedule_entries") or []:
        key = _know(export, row["user"])
        yield Rendered(key, moment(row["start"]), moment(row["end"]))


def _know(export: Export, user: Json) -> str:
    key = str(user["id"])
    known = export.people.get(key)
    email = user.get("email") or (known.email if known else "")
    name = user.get("name") or user.get("summary") or (known.name if known else key)
    export.people[key] = Who(key, name, email)
    return key
