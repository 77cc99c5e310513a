"""Who is away when. Being away never changes who is on call: it is a warning."""

from collections.abc import Iterable
from datetime import datetime

from operations.models import Leave
from portal.models import User


def away(people: Iterable[User], start: datetime, end: datetime) -> list[Leave]:
    """Return when these people are away within `[start, end)`, in one query."""
    wanted = [person.pk for person in people]
    rows = Leave.objects.touching(start, end).filter(person__in=wanted)
    return list(rows.select_related("person").order_by("starts_at", "pk"))
