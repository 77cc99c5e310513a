"""The demo's live room: what people wrote into an open incident, and a flag switched."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from incidents.models import EntryKind, Incident, TimelineNote
from maintenance.models import ChangeEvent, ChangeKind
from portal.demo import keep, tell
from portal.models import Picture, User
from portal.workflow.pictures import forget_pictures, give_picture, keep_picture

GRID, LINE, ALARM = "#d9d5cf", "#0f6b66", "#b3261e"
WORDS = [
    # minutes after the answer, kind, words, pinned
    (3, EntryKind.NOTE, "The graph below is of one pod; the others look alike.", False),
    (4, EntryKind.IMAGE, "Memory of search since yesterday's release", True),
    (9, EntryKind.LINK, "All pods side by side", False),
    (
        14,
        EntryKind.DECISION,
        "No roll-back before evening: we restart a pod an hour.",
        True,
    ),
]


def load() -> None:
    found = Incident.objects.unresolved().filter(service__is_demo=True)
    incident = found.select_related("service", "acknowledged_by").order_by("-pk").first()
    if incident is None or incident.acknowledged_by is None or not incident.acknowledged_at:
        return
    for minutes, kind, text, is_pinned in WORDS:
        _write(incident, incident.acknowledged_by, minutes, kind, text, is_pinned=is_pinned)
    _switch(incident)


def references() -> list[str]:
    """What the demo's pictures belong to; ask before the entries go."""
    notes = TimelineNote.objects.filter(incident__service__is_demo=True, picture__isnull=False)
    return [note.reference for note in notes]


def remove(pictures_of: list[str]) -> None:
    forget_pictures(*pictures_of)
    ChangeEvent.objects.filter(service__is_demo=True).delete()


def _write(
    incident: Incident, by: User, minutes: int, kind: EntryKind, text: str, *, is_pinned: bool
) -> None:
    assert incident.acknowledged_at is not None
    at = incident.acknowledged_at + timedelta(minutes=minutes)
    note = TimelineNote(
        incident=incident,
        author=by,
        kind=kind,
        text=text,
        url="https://grafana.harbour.example/d/search" if kind == EntryKind.LINK else "",
        picture=_graph(by) if kind == EntryKind.IMAGE else None,
        happened_at=at,
        recorded_at=at,
        is_pinned=is_pinned,
    )
    keep(note, by=by, at=at)
    if note.picture is not None:
        give_picture(note.picture, to=note.reference)


def _switch(incident: Incident) -> None:
    at = incident.detected_at - timedelta(minutes=38)
    change = ChangeEvent.objects.create(
        service=incident.service,
        kind=ChangeKind.FLAG,
        title="“guess-more” is on for all visitors",
        source="flags",
        external_id=f"demo-{incident.pk}",
        happened_at=at,
        recorded_at=at,
    )
    tell("change_event.recorded", change, at=at, service=incident.service)


def _graph(by: User) -> Picture:
    """A line that climbs towards its limit, as a monitor would draw it."""
    image = Image.new("RGB", (640, 240), "white")
    pen = ImageDraw.Draw(image)
    for y in range(40, 240, 40):
        pen.line([(0, y), (640, y)], fill=GRID)
    pen.line([(0, 30), (640, 30)], fill=ALARM, width=2)
    points = [(x, 210 - x * 0.24 - (x // 40 % 3) * 6) for x in range(0, 641, 10)]
    pen.line(points, fill=LINE, width=3)
    out = BytesIO()
    image.save(out, "PNG")
    return keep_picture(out.getvalue(), label="search-memory.png", actor=by)
