"""Who is away when. Being away never changes who is on call: it is a warning."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from operations.models import Leave
from operations.rota import Shift
from operations.spans import span_text
from portal.models import User


def away(people: Iterable[User], start: datetime, end: datetime) -> list[Leave]:
    """Return when these people are away within `[start, end)`, in one query."""
    wanted = [person.pk for person in people]
    rows = Leave.objects.touching(start, end).filter(person__in=wanted)
    return list(rows.select_related("person").order_by("starts_at", "pk"))


def warnings(people: Iterable[User], start: datetime, end: datetime, zone: str) -> list[str]:
    """Say who of these people, put on call for this time, is away in it; a warning, no more."""
    return [
        _in_words(row, max(row.starts_at, start), min(row.ends_at, end), zone)
        for row in away(people, start, end)
    ]


def warnings_of(shifts: Sequence[Shift], zone: str) -> list[str]:
    """Say which of these shifts fall into the leave of whoever has them."""
    if not shifts:
        return []
    known = away(
        {person for shift in shifts for person in shift.people},  # type: ignore[misc]  # keys are people here
        shifts[0].starts_at,
        shifts[-1].ends_at,
    )
    found: dict[Leave, list[datetime]] = {}
    for shift in shifts:
        for row in known:
            start, end = max(row.starts_at, shift.starts_at), min(row.ends_at, shift.ends_at)
            if row.person in shift.people and start < end:
                found.setdefault(row, []).extend((start, end))
    return [_in_words(row, min(edges), max(edges), zone) for row, edges in found.items()]


def _in_words(row: Leave, start: datetime, end: datetime, zone: str) -> str:
    sentence = _("%(person)s is away then: %(span)s. Somebody else should have that time.")
    return sentence % {"person": row.person, "span": span_text(start, end, zone)}
