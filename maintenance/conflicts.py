"""
Which other changes stand in the way of a time, from all that is planned.

All services that a change touches count, not its own alone; a change that is under way takes
the time until it ends, however it was planned. Rules and the dependencies of services are
read anew each time, so that what was found yesterday says nothing about today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maintenance.models import (
    HOLDING,
    LONGEST,
    OPEN,
    ConflictRules,
    ExclusiveResource,
    MaintenanceRequest,
    RequestState,
)
from maintenance.timing import (
    Change,
    Clash,
    Rule,
    Rules,
    Span,
    Weight,
    clashes,
    effective,
    reach,
)
from portal.models import Service, ServiceDependency, User

MINUTE = timedelta(minutes=1)
MARGIN = LONGEST * MINUTE + timedelta(days=1)  # how far preparation and rollback can reach
MOST = 5000  # changes that are looked at

WORDS = {
    Rule.SAME_SERVICE: _("the same service"),
    Rule.DEPENDENCY: _("a service that depends on it, or that it depends on"),
    Rule.SAME_PERSON: _("the same person"),
    Rule.RESOURCE: _("the same exclusive resource"),
}


class Planned(NamedTuple):
    """What is known of another change without reading all of it."""

    pk: int
    title: str
    state: str
    service: int
    touches: dict[str, list[int]]
    environment: str
    person: int | None
    planned_start: datetime | None
    planned_end: datetime | None
    prepare_minutes: int
    rollback_minutes: int
    started_at: datetime | None

    @property
    def number(self) -> str:
        return f"CHG-{self.pk}"

    @property
    def url(self) -> str:
        return reverse("maintenance:request", args=[self.pk])

    @property
    def state_label(self) -> str:
        return str(RequestState(self.state).label)

    def span(self, now: datetime) -> Span | None:
        """Return the time that it takes; work that is late takes it until now and longer."""
        rollback = self.rollback_minutes * MINUTE
        planned = None
        if self.planned_start and self.planned_end:
            prepare = self.prepare_minutes * MINUTE
            planned = effective(
                self.planned_start, self.planned_end, prepare=prepare, rollback=rollback
            )
        if self.state != RequestState.IN_PROGRESS:
            return planned
        begun = self.started_at or now
        running = Span(min(begun, now), now + MINUTE + rollback)
        if planned is None:
            return running
        return Span(min(planned.start, running.start), max(planned.end, running.end))

    def change(self, now: datetime) -> Change | None:
        span = self.span(now)
        if span is None:
            return None
        return Change(
            self.pk,
            span,
            frozenset({self.service, *self.touches.get("services", [])}),
            self.environment,
            self.person,
            frozenset(self.touches.get("resources", [])),
            # What was begun without a plan was given no time; it is shown and stops nobody.
            self.state in HOLDING and self.planned_start is not None,
        )


COLUMNS = (
    *("pk", "title", "state", "service_id", "touches", "environment", "implementer_id"),
    *("planned_start", "planned_end", "prepare_minutes", "rollback_minutes", "started_at"),
)


class Conflict(NamedTuple):
    """Another change at the same time; `over` names what both want."""

    other: Planned
    span: Span
    rule: Rule
    weight: Weight
    over: tuple[str, ...]

    @property
    def words(self) -> str:
        return str(WORDS[self.rule])

    @property
    def is_hard(self) -> bool:
        return self.weight == Weight.HARD


class Sight(NamedTuple):
    """From what conflicts of a change are found."""

    change: Change
    near: frozenset[int]  # services that depend on its own, or that they depend on
    rules: Rules


def current_rules() -> Rules:
    return (ConflictRules.objects.order_by("pk").first() or ConflictRules()).rules


def sight_of(request: MaintenanceRequest, span: Span, *, person: int | None = None) -> Sight:
    """`person` carries it out, if not the one who is planned to."""
    rules = current_rules()
    change = Change(
        request.pk or 0,
        span,
        frozenset(request.touched_services),
        request.environment,
        person or request.implementer_id,
        frozenset(request.needed_resources),
    )
    return Sight(change, services_near(change.services, rules.depth), rules)


def services_near(services: Iterable[int], depth: int) -> frozenset[int]:
    """Return the services that these need, and those that need them, so many steps away."""
    needs: dict[int, set[int]] = defaultdict(set)
    needed: dict[int, set[int]] = defaultdict(set)
    for service, other in ServiceDependency.objects.values_list("service_id", "needs_id"):
        needs[service].add(other)
        needed[other].add(service)
    return reach(needs, services, depth) | reach(needed, services, depth)


def planned_near(sight: Sight, whole: Span) -> list[Planned]:
    """Return the open changes around a span that share something with a change, by start."""
    change = sight.change
    around = Q(planned_start__lt=whole.end + MARGIN, planned_end__gt=whole.start - MARGIN)
    rows = (
        MaintenanceRequest.objects.filter(OPEN)
        .filter(around | Q(state=RequestState.IN_PROGRESS))
        .filter(_sharing(change, sight.near))
        .exclude(pk=change.key)
        .order_by("planned_start", "pk")
    )
    return [Planned(*row) for row in rows.values_list(*COLUMNS)[:MOST]]


def _sharing(change: Change, near: frozenset[int]) -> Q:
    services = change.services | near
    other_services = MaintenanceRequest.other_services.through.objects.filter(
        service__in=services
    )
    sharing = Q(service__in=services) | Q(pk__in=other_services.values("maintenancerequest"))
    if change.person is not None:
        sharing |= Q(implementer=change.person)
    if change.resources:
        rows = MaintenanceRequest.resources.through.objects.filter(
            exclusiveresource__in=change.resources
        )
        sharing |= Q(pk__in=rows.values("maintenancerequest"))
    return sharing


def conflicts_of(
    request: MaintenanceRequest, span: Span, *, now: datetime, sight: Sight | None = None
) -> list[Conflict]:
    """Return what stands in the way of a request at a time: hard ones first, then by start."""
    sight = sight or sight_of(request, span)
    rows = {row.pk: row for row in planned_near(sight, span)}
    changes = [change for row in rows.values() if (change := row.change(now))]
    found = list(clashes(sight.change, changes, rules=sight.rules, near=sight.near))
    spans = {change.key: change.span for change in changes}
    names = _names(found)
    conflicts = [
        Conflict(
            rows[clash.key],
            spans[clash.key],
            clash.rule,
            clash.weight,
            tuple(sorted(names[clash.rule, key] for key in clash.over)),
        )
        for clash in found
    ]
    return sorted(conflicts, key=lambda each: (not each.is_hard, each.span.start, each.other))


def _names(found: list[Clash]) -> dict[tuple[Rule, int], str]:
    """Return what the keys of clashes are called, with one query for each kind."""
    keys: dict[Rule, set[int]] = defaultdict(set)
    for clash in found:
        keys[clash.rule] |= clash.over
    models: dict[Rule, Any] = {
        Rule.SAME_SERVICE: Service,
        Rule.DEPENDENCY: Service,
        Rule.SAME_PERSON: User,
        Rule.RESOURCE: ExclusiveResource,
    }
    return {
        (rule, row.pk): str(row)
        for rule, wanted in keys.items()
        for row in models[rule].objects.filter(pk__in=wanted)
    }
