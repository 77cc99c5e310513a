"""Weeks as bars and a line: coordinates for `maintenance/delivery_chart.html`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 560, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
MOST_LABELS = 7
GAP = 0.25  # of a bar's room


@dataclass(frozen=True)
class Drawn:
    """Where what is drawn; a week without a value is a gap in the line."""

    bars: list[dict[str, Any]]
    lines: list[str]
    dots: list[dict[str, Any]]
    grid: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


@dataclass(frozen=True)
class Point:
    """A week: its label, its value, and a part of it that is drawn apart, such as failed."""

    label: str
    value: float | None
    part: float = 0


def bars(points: Sequence[Point]) -> Drawn:
    """Draw counts as bars from zero; the part stands below in another ink."""
    top, grid = _scale([point.value or 0 for point in points])
    room = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    drawn: list[dict[str, Any]] = []
    for number, point in enumerate(points):
        x = round(LEFT + room * (number + GAP / 2), 1)
        width = round(room * (1 - GAP), 1)
        foot, part, head = _y(0, top), _y(point.part, top), _y(point.value or 0, top)
        text = f"{point.label}: {point.value or 0:g}"
        drawn.append({"x": x, "y": head, "width": width, "height": round(part - head, 1)})
        drawn[-1] |= {"text": text, "kind": "rest"}
        if point.part:
            drawn.append({"x": x, "y": part, "width": width, "height": round(foot - part, 1)})
            drawn[-1] |= {"text": f"{point.label}: {point.part:g}", "kind": "part"}
    return Drawn(drawn, [], [], grid, _labels(points, room))


def line(points: Sequence[Point]) -> Drawn:
    """Draw values as a line, parted where one is missing."""
    top, grid = _scale([point.value for point in points if point.value is not None])
    room = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    segments: list[list[str]] = [[]]
    dots = []
    for number, point in enumerate(points):
        if point.value is None:
            segments.append([])
            continue
        x, y = round(LEFT + room * (number + 0.5), 1), _y(point.value, top)
        segments[-1].append(f"{x},{y}")
        dots.append({"x": x, "y": y, "text": f"{point.label}: {point.value:g}"})
    lines = [" ".join(segment) for segment in segments if len(segment) > 1]
    return Drawn([], lines, dots, grid, _labels(points, room))


def _labels(points: Sequence[Point], room: float) -> list[dict[str, Any]]:
    every = max(-(-len(points) // MOST_LABELS), 1)
    return [
        {"x": round(LEFT + room * (number + 0.5), 1), "text": point.label}
        for number, point in enumerate(points)
        if number % every == 0
    ]


def _scale(values: Sequence[float]) -> tuple[float, list[dict[str, Any]]]:
    """Return the value at the top, and at most five lines at round values."""
    most = max([*values, 1.0])
    step = 1.0
    for step in (n * 10**power for power in range(6) for n in (1, 2, 5)):
        if most <= 4 * step:
            break
    marks = int(-(-most // step))
    top = step * marks
    return top, [{"y": _y(step * n, top), "text": f"{step * n:g}"} for n in range(marks + 1)]


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)
