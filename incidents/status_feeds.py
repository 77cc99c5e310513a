"""What was posted, as Atom and RSS: each post once, under an id that never changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _

from incidents.status_shapes import Announced, StatusPage

ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
SHAPES: dict[str, type[Atom1Feed | Rss201rev2Feed]] = {
    "feed.atom": Atom1Feed,
    "feed.rss": Rss201rev2Feed,
}
MOST = 100  # entries


class Entry(NamedTuple):
    key: str
    title: str
    text: str
    link: str
    at: datetime


def feed(page: StatusPage, shape: str, *, name: str, url: str) -> bytes:
    """Return the feed of this page; `shape` is its file name."""
    made = SHAPES[shape](
        title=_("%(name)s status") % {"name": name},
        link=url,
        description=page.headline,
        feed_url=f"{url}{shape}",
        language="en",
    )
    newest = sorted(_entries(page, url), key=lambda entry: entry.at, reverse=True)
    for entry in newest[:MOST]:
        made.add_item(
            title=entry.title,
            link=entry.link,
            description=entry.text,
            unique_id=f"{settings.SITE_URL}/status/#{entry.key}",
            pubdate=entry.at,
            updateddate=entry.at,
        )
    return made.writeString("utf-8").encode()


def _entries(page: StatusPage, url: str) -> Iterator[Entry]:
    for incident in page.incidents:
        for update in incident.updates:
            key = f"update-{update.pk}"
            title = _titled(update.get_phase_display(), incident)
            link = f"{url}{incident.path}#{key}"
            yield Entry(key, title, update.text, link, update.posted_at)
    for window in page.windows:
        for told in window.updates:
            key = f"maintenance-update-{told.pk}"
            title = _("[%(phase)s] %(title)s") % {
                "phase": told.get_state_display(),
                "title": window.title,
            }
            yield Entry(key, title, told.text, f"{url}#maintenance-{window.pk}", told.posted_at)


def _titled(phase: str, incident: Announced) -> str:
    """Return how an update is headed: "[Identified] Checkout: Major outage"."""
    return _("[%(phase)s] %(title)s") % {"phase": phase, "title": incident.title}
