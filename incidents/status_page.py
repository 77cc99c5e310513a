"""
What the public may know: components, announced incidents, maintenance.

Only what somebody wrote for the public leaves the house: the texts of status updates and of
announced windows. Titles, notes, alerts and names of people stay inside, so an incident
nobody has announced shows by its component's state alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import UNRESOLVED, Incident, StatusUpdate
from maintenance.models import MaintenanceWindow
from operations.models import Severity
from portal.models import Service

HISTORY = timedelta(days=14)
AHEAD = timedelta(days=30)

# The worst first; the words that others use for the same states.
STATES = {
    "major_outage": gettext_lazy("Major outage"),
    "partial_outage": gettext_lazy("Partial outage"),
    "degraded_performance": gettext_lazy("Degraded performance"),
    "under_maintenance": gettext_lazy("Under maintenance"),
    "operational": gettext_lazy("Operational"),
}
STATE_OF_SEVERITY = {
    Severity.P0: "major_outage",
    Severity.P1: "partial_outage",
    Severity.P2: "degraded_performance",
}
TONES = {
    "major_outage": "bad",
    "partial_outage": "bad",
    "degraded_performance": "busy",
    "under_maintenance": "info",
    "operational": "good",
}
HEADLINES = {
    "major_outage": gettext_lazy("Major outage"),
    "partial_outage": gettext_lazy("Partial outage"),
    "degraded_performance": gettext_lazy("Some systems are slower than usual"),
    "under_maintenance": gettext_lazy("Maintenance is under way"),
    "operational": gettext_lazy("All systems operational"),
}


@dataclass(frozen=True)
class Component:
    slug: str
    name: str
    state: str

    @property
    def label(self) -> str:
        return str(STATES[self.state])

    @property
    def tone(self) -> str:
        return TONES[self.state]


@dataclass(frozen=True)
class Announced:
    """An incident as the public sees it: where, since when, and what was said."""

    pk: int
    service: str
    slug: str
    state: str
    started_at: datetime
    resolved_at: datetime | None
    updates: list[StatusUpdate]

    @property
    def title(self) -> str:
        if self.state == "operational":
            return self.service
        return f"{self.service}: {STATES[self.state]}"

    @property
    def phase(self) -> str:
        return self.updates[0].phase

    @property
    def is_over(self) -> bool:
        return self.resolved_at is not None


@dataclass(frozen=True)
class Window:
    pk: int
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    services: list[str] = field(default_factory=list)

    def is_on_at(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True)
class Day:
    on: date
    incidents: list[Announced]
    windows: list[Window]


@dataclass(frozen=True)
class StatusPage:
    """Everything that page, JSON and feed say; the same for everybody who asks."""

    now: datetime
    components: list[Component]
    current: list[Announced]
    past: list[Announced]
    windows: list[Window]

    @property
    def state(self) -> str:
        """The worst state of any component."""
        found = {component.state for component in self.components}
        return next((state for state in STATES if state in found), "operational")

    @property
    def headline(self) -> str:
        return str(HEADLINES[self.state])

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def under_way(self) -> list[Window]:
        return [window for window in self.windows if window.is_on_at(self.now)]

    @property
    def upcoming(self) -> list[Window]:
        return [window for window in self.windows if window.starts_at > self.now]

    @property
    def days(self) -> list[Day]:
        """Today and the days before it, each with what ended on it; in UTC."""
        today = self.now.astimezone(timezone.get_current_timezone()).date()
        return [
            Day(
                on,
                [incident for incident in self.past if _day(incident.resolved_at) == on],
                [window for window in self.windows if _over_on(window, on, self.now)],
            )
            for on in (today - timedelta(days=ago) for ago in range(HISTORY.days))
        ]


def status_page(now: datetime) -> StatusPage:
    """Return what the public may know at `now`, in four queries."""
    services = list(Service.objects.current().filter(is_public=True))
    incidents = list(_incidents(now))
    windows = _windows(now)
    announced = [_announced(incident) for incident in incidents if incident.updates.all()]
    return StatusPage(
        now=now,
        components=list(_components(services, incidents, windows, now)),
        current=[incident for incident in announced if not incident.is_over],
        past=[incident for incident in announced if incident.is_over],
        windows=windows,
    )


def _incidents(now: datetime) -> Iterable[Incident]:
    """Unresolved ones, and those that were announced and ended within the history."""
    told = Exists(StatusUpdate.objects.filter(incident=OuterRef("pk")))
    recent = Q(resolved_at__gte=now - HISTORY) & Q(told)
    updates = StatusUpdate.objects.order_by("-posted_at", "-pk")
    return (
        Incident.objects.filter(UNRESOLVED | recent)
        .filter(service__is_public=True, service__retired_at=None)
        .select_related("service")
        .prefetch_related(Prefetch("updates", updates))
        .order_by("severity", "-detected_at", "-pk")
    )


def _windows(now: datetime) -> list[Window]:
    """Announced windows of public services: just over, under way, and soon; one query."""
    pairs = (
        MaintenanceWindow.services.through.objects.filter(
            service__is_public=True,
            service__retired_at=None,
            maintenancewindow__cancelled_at=None,
            maintenancewindow__ends_at__gte=now - HISTORY,
            maintenancewindow__starts_at__lte=now + AHEAD,
        )
        .select_related("maintenancewindow", "service")
        .order_by("maintenancewindow__starts_at", "maintenancewindow_id", "service__name")
    )
    found: dict[int, Window] = {}
    for pair in pairs:
        told = pair.maintenancewindow
        window = found.setdefault(
            told.pk,
            Window(told.pk, told.title, told.description, told.starts_at, told.ends_at),
        )
        window.services.append(pair.service.name)
    return list(found.values())


def _components(
    services: list[Service], incidents: list[Incident], windows: list[Window], now: datetime
) -> Iterator[Component]:
    worst: dict[int, str] = defaultdict(lambda: "operational")
    for incident in incidents:  # the gravest first
        state = STATE_OF_SEVERITY.get(Severity(incident.severity), "operational")
        if incident.is_unresolved and worst[incident.service_id] == "operational":
            worst[incident.service_id] = state
    maintained = {
        name for window in windows if window.is_on_at(now) for name in window.services
    }
    for service in services:
        state = worst[service.pk]
        if state == "operational" and service.name in maintained:
            state = "under_maintenance"
        yield Component(service.slug, service.name, state)


def _announced(incident: Incident) -> Announced:
    return Announced(
        pk=incident.pk,
        service=incident.service.name,
        slug=incident.service.slug,
        state=STATE_OF_SEVERITY.get(Severity(incident.severity), "operational"),
        started_at=incident.detected_at,
        resolved_at=incident.resolved_at,
        updates=list(incident.updates.all()),
    )


def _over_on(window: Window, on: date, now: datetime) -> bool:
    return window.ends_at <= now and _day(window.ends_at) == on


def _day(at: datetime | None) -> date | None:
    return at.astimezone(timezone.get_current_timezone()).date() if at else None


def as_json(page: StatusPage, url: str) -> dict[str, object]:
    """Return the page for programs, under the names that other status pages use."""
    return {
        "page": {"url": url, "updated_at": page.now.replace(second=0, microsecond=0)},
        "status": {"indicator": page.state, "description": page.headline},
        "components": [
            {"id": each.slug, "name": each.name, "status": each.state}
            for each in page.components
        ],
        "incidents": [_incident_json(each) for each in [*page.current, *page.past]],
        "scheduled_maintenances": [_window_json(each, page.now) for each in page.windows],
    }


def _incident_json(incident: Announced) -> dict[str, object]:
    return {
        "id": str(incident.pk),
        "name": incident.title,
        "component": incident.slug,
        "impact": incident.state,
        "status": incident.phase,
        "started_at": incident.started_at,
        "resolved_at": incident.resolved_at,
        "updates": [
            {
                "id": str(update.pk),
                "status": update.phase,
                "body": update.text,
                "posted_at": update.posted_at,
            }
            for update in incident.updates
        ],
    }


def _window_json(window: Window, now: datetime) -> dict[str, object]:
    status = "in_progress" if window.is_on_at(now) else "scheduled"
    return {
        "id": str(window.pk),
        "name": window.title,
        "description": window.description,
        "status": "completed" if window.ends_at <= now else status,
        "scheduled_for": window.starts_at,
        "scheduled_until": window.ends_at,
        "components": window.services,
    }


def entry_title(incident: Announced, update: StatusUpdate) -> str:
    """Return how an update is headed in the feed: "[Identified] Checkout: Major outage"."""
    return _("[%(phase)s] %(title)s") % {
        "phase": update.get_phase_display(),
        "title": incident.title,
    }
