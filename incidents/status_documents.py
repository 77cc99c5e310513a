"""
What the status page consists of, by its path below the page's address.

    ""                                  the page
    status.json feed.atom feed.rss maintenance.ics badge.svg
    history/2026-11/                    the incidents and maintenance of a month
    incidents/7/                        one incident
    components/checkout/                one component, with all of the above but the months

The portal answers with these, and the copies outside of it are made of these: one drawing,
the same bytes. All links inside are relative, so that a copy works wherever it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from incidents import status_calendar, status_feeds, status_json
from incidents.component_bars import bars, said, uptime
from incidents.models import StatusPageSettings
from incidents.page_settings import page_settings
from incidents.status_badge import badge
from incidents.status_page import announced_incidents, status_page, windows_of
from incidents.status_shapes import Component, StatusPage, Told
from incidents.status_sheet import sheet, source_hash

HTML = "text/html; charset=utf-8"
MONTHS_BACK = 24
FILES = ("status.json", "feed.atom", "feed.rss", "maintenance.ics", "badge.svg")


@dataclass(frozen=True)
class Document:
    """A part of the page as it is sent or written; `policy` is for parts that are HTML."""

    path: str
    content_type: str
    body: bytes
    policy: str = ""

    @property
    def file(self) -> str:
        """Its name as a file: folders have an index."""
        is_folder = self.path.endswith("/") or not self.path
        return f"{self.path}index.html" if is_folder else self.path


@dataclass
class Publication:
    """The page of one audience at one moment; each query is made once, and when needed."""

    now: datetime
    is_private: bool = False
    # A copy outside of the portal: it may be read long after it was drawn.
    is_copy: bool = False
    settings: StatusPageSettings = field(default_factory=page_settings)

    @cached_property
    def page(self) -> StatusPage:
        return status_page(self.now, is_private=self.is_private, zone=self.zone)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.zone)

    @property
    def name(self) -> str:
        return self.settings.name or settings.NAME

    @property
    def url(self) -> str:
        """Where people read it: the copy's address, if it has one."""
        return settings.STATUS_URL or f"{settings.SITE_URL}/status/"

    def document(self, path: str) -> Document | None:
        """Return what lies at this path for this audience; None if nothing does."""
        with timezone.override(self.zone), translation.override("en"):
            return self._document(path)

    def _document(self, path: str) -> Document | None:
        folder, _slash, rest = path.partition("/")
        if path in FILES:
            return self._file(path, self.page, self.name)
        if path == "":
            return self._html(path, "status/index.html", {"groups": self._groups()})
        draw: Callable[[str], Document | None] | None = {
            "history": self._month,
            "incidents": self._incident,
            "components": self._component,
        }.get(folder)
        return draw(rest) if draw and rest else None

    def _groups(self) -> list[dict[str, Any]]:
        return [
            {
                "name": group.name,
                "rows": [
                    {"component": each, "drawn": _drawn(each)} for each in group.components
                ],
            }
            for group in self.page.groups
        ]

    def _file(self, path: str, page: StatusPage, name: str) -> Document:
        kind = path.rpartition("/")[2]
        if kind == "status.json":
            body = status_json.as_bytes(page, name=name, url=self.url)
            return Document(path, "application/json", body)
        if kind == "maintenance.ics":
            made = status_calendar.calendar(page, name=name, url=self.url)
            return Document(path, status_calendar.CONTENT_TYPE, made)
        if kind == "badge.svg":
            return Document(path, "image/svg+xml", badge(name, page.state, page.badge_words))
        content_type = status_feeds.ATOM if kind == "feed.atom" else status_feeds.RSS
        body = status_feeds.feed(page, kind, name=name, url=self.url)
        return Document(path, content_type, body)

    def _component(self, rest: str) -> Document | None:
        slug, _slash, kind = rest.partition("/")
        page = self.page.only(slug)
        if page is None or (kind and kind not in FILES):
            return None
        component = page.components[0]
        if kind:
            return self._file(f"components/{rest}", page, component.name)
        history = component.history
        days = history.days if history else []
        context = {
            "page": page,
            "component": component,
            "drawn": _drawn(component),
            "days": [{"on": day.on, "said": said(day)} for day in reversed(days)],
        }
        return self._html(f"components/{slug}/", "status/component.html", context)

    def _incident(self, rest: str) -> Document | None:
        pk = rest.removesuffix("/")
        if not pk.isdecimal() or len(pk) > 18:
            return None
        found = announced_incidents(self._told, among=Q(pk=int(pk)))
        if not found:
            return None
        into = found[0].merged_into
        others = announced_incidents(self._told, among=Q(pk=into)) if into else []
        context = {"incident": found[0], "goes_on_as": others[0] if others else None}
        return self._html(f"incidents/{int(pk)}/", "status/one_incident.html", context)

    def _month(self, rest: str) -> Document | None:
        first = _month_of(rest.removesuffix("/"))
        if first is None or first not in self.months:
            return None
        begins = datetime(first.year, first.month, 1, tzinfo=self.zone).astimezone(UTC)
        after = _next(first)
        ends = datetime(after.year, after.month, 1, tzinfo=self.zone).astimezone(UTC)
        within = Q(detected_at__gte=begins, detected_at__lt=ends)
        incidents = announced_incidents(self._told, among=within)
        context = {
            "month": first,
            "incidents": sorted(incidents, key=lambda each: each.started_at, reverse=True),
            "windows": windows_of(
                self._told, now=self.now, starts=begins, ends=ends - timedelta(seconds=1)
            ),
            "months": self.months,
        }
        return self._html(f"history/{first:%Y-%m}/", "status/history.html", context)

    def _subscribe_url(self, root: str) -> str:
        """A copy cannot take an address, so it leads to the portal."""
        return f"{settings.SITE_URL}/status/subscribe/" if self.is_copy else f"{root}subscribe/"

    def _report_url(self, root: str) -> str:
        """Where problems are reported; empty while that is shut, and for private readers."""
        if not self.settings.takes_reports or self.is_private:
            return ""
        return f"{settings.SITE_URL}/status/report/" if self.is_copy else f"{root}report/"

    @property
    def _told(self) -> Told:
        return self.page.told

    @cached_property
    def months(self) -> list[date]:
        """The first days of the months that have a page, the newest first."""
        first = self.now.astimezone(self.zone).date().replace(day=1)
        found = [first]
        while len(found) < MONTHS_BACK:
            found.append((found[-1] - timedelta(days=1)).replace(day=1))
        return found

    def _html(self, path: str, template: str, context: dict[str, Any]) -> Document:
        root = "../" * path.count("/")
        style = sheet(self.settings.accent, self.settings.accent_dark)
        policy = _policy(style)
        drawn = render_to_string(
            template,
            {
                "root": root or "./",
                "index": "index.html" if self.is_copy else "",
                "brand": self.settings,
                "brand_name": self.name,
                "is_copy": self.is_copy,
                "is_private": self.is_private,
                "page": self.page,
                "report_url": self._report_url(root or "./"),
                "subscribe_url": self._subscribe_url(root or "./"),
                "newest_month": self.months[0],
                **context,
            },
        )
        whole = (
            drawn.replace("<!-- policy -->", policy if self.is_copy else "")
            .replace("<!-- style -->", f"<style>{style}</style>")
            .replace("<!-- symbols -->", _symbols())
            .replace("<!-- script -->", f"<script>{_script()}</script>")
        )
        return Document(path, HTML, whole.encode(), policy)


def _drawn(component: Component) -> dict[str, Any] | None:
    shown = component.history
    return {"bars": bars(shown), "uptime": uptime(shown)} if shown else None


def all_paths(publication: Publication, *, is_first: bool) -> Iterator[str]:
    """Return what a copy consists of; if it is not the first, only what may have changed."""
    yield ""
    yield from FILES
    page = publication.page
    for component in page.components:
        yield from (f"components/{component.slug}/{kind}" for kind in ("", *FILES))
    yield from (
        f"history/{month:%Y-%m}/"
        for month in (publication.months if is_first else publication.months[:2])
    )
    incidents = page.incidents
    if is_first:
        begins = publication.months[-1]
        incidents = announced_incidents(page.told, among=Q(detected_at__date__gte=begins))
    for incident in incidents:
        yield incident.path
        yield from (source.path for source in incident.sources)


def _policy(style: str) -> str:
    parts = (
        "default-src 'none'",
        f"style-src {source_hash(style)}",
        f"script-src {source_hash(_script())}",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
    )
    return "; ".join(parts)


@lru_cache(1)
def _script() -> str:
    return _static("js/page-age.js").strip()


@lru_cache(1)
def _symbols() -> str:
    """The few symbols that the page shows, for it asks for no file beside it."""
    wanted = ("logo", "state-good", "state-busy", "state-bad", "state-info")
    lines = _static("img/icons.svg").splitlines()
    found = [
        line.strip() for line in lines if any(f'<symbol id="{name}"' in line for name in wanted)
    ]
    return f'<svg hidden aria-hidden="true">{"".join(found)}</svg>'


def _static(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()


def _month_of(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
