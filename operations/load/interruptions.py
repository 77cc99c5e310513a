"""
What disturbed a person: pages by push, SMS or telephone, never by e-mail.

One notification by several ways is one interruption, and so are notifications within 60
seconds of the first. A disrupted hour is an hour of the local clock with a page in it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from operations.load.buckets import Bucket, PersonalClock
from operations.load.spans import Span

TOGETHER = timedelta(seconds=60)


class Page(NamedTuple):
    """A page that was delivered; `occasion` is the same for all ways of one notification."""

    at: datetime
    occasion: str
    channel: str = ""  # how it came, such as "email" or "twilio"
    topic: str = ""  # what about, such as "incident:7"
    subject: str = ""
    row: int = 0

    @property
    def is_heard(self) -> bool:
        return not self.channel.startswith("email")


class Interruption(NamedTuple):
    """One disturbance, with the pages that made it; marked where nobody expected it."""

    at: datetime
    bucket: Bucket
    is_on_call: bool
    pages: tuple[Page, ...]


class DisruptedHour(NamedTuple):
    """An hour of the local clock with the pages in it; `at` is when it began there."""

    at: datetime
    pages: tuple[Page, ...]


def interruptions(
    pages: Iterable[Page], clock: PersonalClock, on_call: Iterable[Span]
) -> list[Interruption]:
    duty = list(on_call)
    found: list[list[Page]] = []
    for heard in _notifications(pages):
        if found and heard[0].at - found[-1][0].at <= TOGETHER:
            found[-1].extend(heard)
        else:
            found.append(list(heard))
    return [
        Interruption(
            rows[0].at,
            clock.bucket(rows[0].at),
            any(each.holds(rows[0].at) for each in duty),
            tuple(rows),
        )
        for rows in found
    ]


def disrupted_hours(pages: Iterable[Page], clock: PersonalClock) -> list[DisruptedHour]:
    """An hour that the clock shows twice is two; what is one disturbance may touch two."""
    found: dict[tuple[datetime, timedelta | None], list[Page]] = {}
    for page in sorted(page for page in pages if page.is_heard):
        hour = clock.local(page.at).replace(minute=0, second=0, microsecond=0)
        found.setdefault((hour.replace(tzinfo=None), hour.utcoffset()), []).append(page)
    return [
        DisruptedHour(
            clock.local(rows[0].at).replace(minute=0, second=0, microsecond=0), tuple(rows)
        )
        for rows in found.values()
    ]


def _notifications(pages: Iterable[Page]) -> list[list[Page]]:
    """The heard pages by notification, in the order in which each was first heard."""
    found: dict[str, list[Page]] = {}
    for page in sorted(page for page in pages if page.is_heard):
        found.setdefault(page.occasion or f"row {page.row}", []).append(page)
    return list(found.values())
