"""
The status page as its readers see it; no database.

Whatever stands in a `StatusPage` is about the components of its audience and nothing else:
page, feeds, JSON, calendar and badges are drawn from it, so that none of them can tell of a
private component.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from incidents.component_history import History
from incidents.component_states import OPERATIONAL, impact_of, worst
from incidents.models import (
    ComponentState,
    Impact,
    MaintenanceState,
    MaintenanceUpdate,
    StatusUpdate,
)

HISTORY = timedelta(days=14)

TONES = {
    ComponentState.MAJOR_OUTAGE: "bad",
    ComponentState.PARTIAL_OUTAGE: "bad",
    ComponentState.DEGRADED: "busy",
    ComponentState.UNDER_MAINTENANCE: "info",
    ComponentState.OPERATIONAL: "good",
}
HEADLINES = {
    ComponentState.MAJOR_OUTAGE: gettext_lazy("Major outage"),
    ComponentState.PARTIAL_OUTAGE: gettext_lazy("Partial outage"),
    ComponentState.DEGRADED: gettext_lazy("Some systems are slower than usual"),
    ComponentState.UNDER_MAINTENANCE: gettext_lazy("Maintenance is under way"),
    ComponentState.OPERATIONAL: gettext_lazy("All systems operational"),
}


@dataclass(frozen=True)
class Component:
    slug: str
    name: str
    state: ComponentState
    description: str = ""
    group: str = ""
    history: History | None = None

    @property
    def label(self) -> str:
        return str(self.state.label)

    @property
    def tone(self) -> str:
        return TONES[self.state]


@dataclass(frozen=True)
class Source:
    """An announced incident that is told of together with another since they were merged."""

    pk: int
    where: str

    @property
    def path(self) -> str:
        return f"incidents/{self.pk}/"


@dataclass(frozen=True)
class Announced:
    """An incident as the public sees it: where, since when, how bad, and what was said."""

    pk: int
    components: list[Component]
    state: ComponentState
    impact: Impact
    started_at: datetime
    resolved_at: datetime | None
    updates: list[StatusUpdate]
    # What was merged into it and may be known of; and into what it was merged itself.
    sources: list[Source] = field(default_factory=list)
    merged_into: int | None = None

    @property
    def where(self) -> str:
        return ", ".join(component.name for component in self.components)

    @property
    def slug(self) -> str:
        """The short name of its first component, which programs of old read."""
        return self.components[0].slug

    @property
    def title(self) -> str:
        if self.state == OPERATIONAL:
            return self.where
        return f"{self.where}: {self.state.label}"

    @property
    def phase(self) -> str:
        return self.updates[0].phase

    @property
    def is_over(self) -> bool:
        return self.resolved_at is not None

    @property
    def path(self) -> str:
        return f"incidents/{self.pk}/"


@dataclass(frozen=True)
class Window:
    """A maintenance as the public sees it; it stays when its time has come, and after."""

    pk: int
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    state: MaintenanceState
    announced_at: datetime | None = None
    ended_at: datetime | None = None
    remind_at: datetime | None = None
    starts_itself: bool = True
    ends_itself: bool = True
    updates: list[MaintenanceUpdate] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        return ", ".join(self.services)

    @property
    def is_over(self) -> bool:
        return self.state in {MaintenanceState.COMPLETED, MaintenanceState.CANCELLED}

    @property
    def is_on(self) -> bool:
        return self.state in {MaintenanceState.IN_PROGRESS, MaintenanceState.VERIFYING}

    @property
    def over_at(self) -> datetime:
        return self.ended_at or self.ends_at

    @property
    def was_announced_before(self) -> bool | None:
        """Whether everybody was told before it began; None where nobody noted it."""
        return self.announced_at < self.starts_at if self.announced_at else None

    @property
    def told_at(self) -> datetime:
        """When the public last heard of it."""
        return self.updates[0].posted_at if self.updates else self.starts_at


@dataclass(frozen=True)
class Group:
    name: str
    components: list[Component]


@dataclass(frozen=True)
class Day:
    on: date
    incidents: list[Announced]
    windows: list[Window]


@dataclass(frozen=True)
class Told:
    """The components that an audience may know of, and which service is which of them."""

    components: dict[int, Component]
    by_service: dict[int, list[int]]


@dataclass(frozen=True)
class StatusPage:
    """Everything that page, JSON and feed say; the same for everybody of one audience."""

    now: datetime
    zone: ZoneInfo
    told: Told
    components: list[Component]
    current: list[Announced]
    past: list[Announced]
    windows: list[Window]

    @property
    def state(self) -> ComponentState:
        """The worst state of any component."""
        return worst(component.state for component in self.components)

    @property
    def headline(self) -> str:
        return str(HEADLINES[self.state])

    @property
    def badge_words(self) -> str:
        return str(self.state.label)

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def impact(self) -> Impact:
        return impact_of(component.state for component in self.components)

    @property
    def groups(self) -> list[Group]:
        """The components under their headings, in order; those without one come first."""
        found: dict[str, list[Component]] = {}
        for component in self.components:
            found.setdefault(component.group, []).append(component)
        return [Group(name, members) for name, members in found.items()]

    @property
    def incidents(self) -> list[Announced]:
        return [*self.current, *self.past]

    @property
    def drawn_at(self) -> datetime:
        """As of when it says all this; by the minute, so that the same page is the same."""
        return self.now.replace(second=0, microsecond=0)

    @property
    def under_way(self) -> list[Window]:
        return [window for window in self.windows if window.is_on]

    @property
    def upcoming(self) -> list[Window]:
        return [window for window in self.windows if window.state == MaintenanceState.SCHEDULED]

    @property
    def days(self) -> list[Day]:
        """Today and the days before it, each with what ended on it."""
        today = self.now.astimezone(self.zone).date()
        return [
            Day(
                on,
                [each for each in self.past if self._ended_on(each.resolved_at, on)],
                [
                    window
                    for window in self.windows
                    if window.is_over and self._ended_on(window.over_at, on)
                ],
            )
            for on in (today - timedelta(days=ago) for ago in range(HISTORY.days))
        ]

    def _ended_on(self, at: datetime | None, on: date) -> bool:
        return at is not None and at.astimezone(self.zone).date() == on

    def only(self, slug: str) -> StatusPage | None:
        """Return the page as far as it is about one component; None if there is none."""
        components = [each for each in self.components if each.slug == slug]
        if not components:
            return None
        return replace(
            self,
            components=components,
            current=[each for each in self.current if _is_about(each, slug)],
            past=[each for each in self.past if _is_about(each, slug)],
            windows=[window for window in self.windows if slug in window.slugs],
        )


def _is_about(incident: Announced, slug: str) -> bool:
    return any(component.slug == slug for component in incident.components)
