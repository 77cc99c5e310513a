"""Load as bars: coordinates for `operations/load_chart.html`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from operations.load.buckets import Bucket
from operations.load.figures import Figures
from operations.load.periods import Period
from operations.load.spans import hours, total
from operations.load_teams import TeamLoad
from portal.models import User

WIDTH, HEIGHT = 560, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
MOST_LABELS = 7
GAP = 0.25  # of a bar's room
ROOM = 26  # of a lying bar
NAMES = 150  # before lying bars


class Bar(NamedTuple):
    """A value by label; `part` of it is drawn in another ink."""

    label: str
    value: float
    part: float = 0
    is_marked: bool = False


def of_person(its: Figures) -> list[dict[str, Any]]:
    if len(its.period.weeks) < 3:
        return []
    time = [
        Bar(
            date_format(week.first, "j M"),
            hours(total(part.hours.all)),
            hours(total(part.in_bucket(Bucket.SLEEP))),
        )
        for week, part in its.weekly
    ]
    pages = [
        Bar(
            date_format(week.first, "j M"),
            len(part.interruptions),
            sum(each.bucket == Bucket.SLEEP for each in part.interruptions),
        )
        for week, part in its.weekly
    ]
    return _both(time, pages)


def of_team(load: TeamLoad, period: Period) -> list[dict[str, Any]]:
    """The sums of each week."""
    each = [its.weekly for its in load.figures.values()]
    if len(period.weeks) < 3 or not each:
        return []
    weeks = list(zip(*each, strict=True))
    time, pages = [], []
    for parts in weeks:
        label = date_format(parts[0][0].first, "j M")
        its = [part for _week, part in parts]
        asleep = sum(hours(total(one.in_bucket(Bucket.SLEEP))) for one in its)
        on_call = sum(hours(total(one.hours.all)) for one in its)
        found = [page for one in its for page in one.interruptions]
        time.append(Bar(label, round(on_call, 2), round(asleep, 2)))
        pages.append(Bar(label, len(found), sum(p.bucket == Bucket.SLEEP for p in found)))
    return _both(time, pages)


def of_people(people: Mapping[User, Figures]) -> list[dict[str, Any]]:
    """Hours of each person as lying bars, the nights apart, with the mean as a mark."""
    bars = [
        Bar(
            who.name,
            hours(total(its.hours.all)),
            hours(total(its.in_bucket(Bucket.SLEEP))),
        )
        for who, its in people.items()
    ]
    mean = sum(bar.value for bar in bars) / len(bars) if bars else 0
    return [
        {
            "id": "people",
            "label": _("On call by person"),
            "unit": _("hours"),
            "part": _("at night"),
            "rest": _("by day and in the evening"),
            "mean": round(mean, 2),
            "points": bars,
            "drawn": _lying(bars, mean),
        }
    ]


def _both(time: list[Bar], pages: list[Bar]) -> list[dict[str, Any]]:
    shared = {"rest": _("by day and in the evening"), "part": _("at night")}
    return [
        {"id": "hours", "label": _("On call"), "unit": _("hours"), "points": time}
        | shared
        | {"drawn": _standing(time)},
        {"id": "pages", "label": _("Interruptions"), "unit": "", "points": pages}
        | shared
        | {"drawn": _standing(pages)},
    ]


def _standing(bars: Sequence[Bar]) -> dict[str, Any]:
    top, marks = _scale([bar.value for bar in bars])
    room = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    every = max(-(-len(bars) // MOST_LABELS), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    drawn: list[dict[str, Any]] = []
    for number, bar in enumerate(bars):
        x, width = round(LEFT + room * (number + GAP / 2), 1), round(room * (1 - GAP), 1)
        text = f"{bar.label}: {bar.value:g} ({bar.part:g})"
        for kind, low, high in (("rest", bar.part, bar.value), ("part", 0, bar.part)):
            if high > low:
                shape = {"x": x, "width": width, "y": y(high)}
                shape["height"] = round(y(low) - y(high), 1)
                drawn.append(shape | {"kind": kind, "text": text})
    return {
        "bars": drawn,
        "grid": [{"y": y(mark), "text": f"{mark:g}"} for mark in marks],
        "labels": [
            {"x": round(LEFT + room * (number + 0.5), 1), "text": bar.label}
            for number, bar in enumerate(bars)
            if number % every == 0
        ],
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
    }


def _lying(bars: Sequence[Bar], mean: float) -> dict[str, Any]:
    top, marks = _scale([bar.value for bar in bars])
    scale = (WIDTH - NAMES - RIGHT) / top
    drawn: list[dict[str, Any]] = []
    for number, bar in enumerate(bars):
        y, text = TOP + number * ROOM, f"{bar.label}: {bar.value:g} ({bar.part:g})"
        for kind, low, high in (("part", 0, bar.part), ("rest", bar.part, bar.value)):
            if high > low:
                shape = {"x": round(NAMES + low * scale, 1), "y": y, "height": ROOM * 0.7}
                shape["width"] = round((high - low) * scale, 1)
                drawn.append(shape | {"kind": kind, "text": text})
    foot = TOP + len(bars) * ROOM
    return {
        "bars": drawn,
        "names": [
            {"y": TOP + number * ROOM + ROOM * 0.5, "text": bar.label[:22]}
            for number, bar in enumerate(bars)
        ],
        "mean": round(NAMES + mean * scale, 1),
        "labels": [
            {"x": round(NAMES + mark * scale, 1), "text": f"{mark:g}"} for mark in marks
        ],
        "width": WIDTH,
        "height": foot + BOTTOM,
        "foot": foot,
        "left": NAMES,
        "top": TOP,
    }


def _scale(values: Sequence[float]) -> tuple[float, list[float]]:
    """The value at the top, and at most five round values up to it."""
    most = max([*values, 1.0])
    step = 1.0
    for step in (n * 10**power for power in range(6) for n in (1, 2, 5)):
        if most <= 4 * step:
            break
    count = int(-(-most // step))
    return step * count, [step * number for number in range(count + 1)]
