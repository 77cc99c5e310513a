"""A chart of figures over time: coordinates for `incidents/learning_chart.html`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

WIDTH, HEIGHT = 560, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
MOST_LABELS = 7
STEPS = [Decimal(n) for n in ("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100")]


@dataclass
class Chart:
    """Where what is drawn; a time without a value is a gap in the lines."""

    lines: dict[str, list[str]]
    dots: list[dict[str, Any]]
    grid: list[dict[str, Any]]
    days: list[dict[str, Any]]
    target: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM
    rows: list[dict[str, Any]] = field(default_factory=list)


def chart(
    points: Sequence[tuple[str, Decimal | None, Decimal | None]], target: Decimal | None
) -> Chart:
    """Draw the medians and the P90s of `(day, median, P90)` with the target as a line."""
    values = [value for _day, *both in points for value in both if value is not None]
    most = max([*values, *([target] if target is not None else []), Decimal(1)])
    step = _step(most)
    marks = int((most / step).to_integral_value(ROUND_CEILING))
    top = step * marks

    def x(number: int) -> float:
        room = WIDTH - LEFT - RIGHT
        return round(LEFT + room * (number + 0.5) / max(len(points), 1), 1)

    def y(value: Decimal) -> float:
        return round(HEIGHT - BOTTOM - float(value / top) * (HEIGHT - TOP - BOTTOM), 1)

    medians = [median for _day, median, _p90 in points]
    p90s = [p90 for _day, _median, p90 in points]
    every = -(-len(points) // MOST_LABELS)
    return Chart(
        lines={"median": _segments(medians, x, y), "p90": _segments(p90s, x, y)},
        dots=[
            {"x": x(number), "y": y(value), "text": f"{points[number][0]}: {value}"}
            for number, value in enumerate(medians)
            if value is not None
        ],
        grid=[{"y": y(step * n), "text": f"{step * n:f}"} for n in range(marks + 1)],
        days=[
            {"x": x(number), "text": day}
            for number, (day, *_both) in enumerate(points)
            if number % every == 0
        ],
        target=y(target) if target is not None else None,
        rows=[
            {"day": day, "median": median, "p90": p90}
            for day, median, p90 in points
            if median is not None
        ],
    )


def _segments(values: Sequence[Decimal | None], x: Any, y: Any) -> list[str]:
    """Polylines, parted where a value is missing; one point alone is no line."""
    segments: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            segments.append([])
        else:
            segments[-1].append(f"{x(number)},{y(value)}")
    return [" ".join(segment) for segment in segments if len(segment) > 1]


def _step(most: Decimal) -> Decimal:
    """A round distance of grid lines, of which at most five are drawn."""
    for scale in (Decimal(1), Decimal(100), Decimal(10_000)):
        for step in STEPS:
            if most <= 4 * step * scale:
                return step * scale
    return most
