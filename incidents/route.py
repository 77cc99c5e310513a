"""
Which policy an incident climbs, and why that one.

The service's own, else its team's, else the house's; where nobody has drawn any, the built-in
one: whoever is on call for the owner team, then its managers. Above every ladder stand its
last resort or the administrators.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from incidents.models import EscalationPolicy, PolicyStep, ServiceEscalation, SeverityPolicy
from incidents.policies import policies
from incidents.snapshots import Snapshot, Step, Target
from operations.business_hours import Calendar, Unreadable
from operations.models import BusinessHours
from operations.working_hours import pick
from portal.models import Service

WITH_HOURS = {"calendar", "queue"}


@dataclass(frozen=True)
class Route:
    """The policy, None for the built-in one; the copy to climb; and why, in words."""

    policy: EscalationPolicy | None
    snapshot: Snapshot
    reason: str


@dataclass(frozen=True)
class Atlas:
    """All that routes depend on, read once: as many questions for one service as for all."""

    own: dict[int, ServiceEscalation]
    policies: dict[int, EscalationPolicy]
    severities: dict[int, SeverityPolicy]
    hours: dict[int, BusinessHours]

    @classmethod
    def of(cls, services: Iterable[Service] | None = None) -> Atlas:
        """Read what concerns these services; without any, what concerns all."""
        drawn = EscalationPolicy.objects.with_steps()
        own = ServiceEscalation.objects.all()
        if services is not None:
            asked = list(services)
            own = own.filter(service__in=asked)
            teams = {service.team_id for service in asked}
            mine = own.filter(policy__isnull=False).values("policy")
            default = Q(is_default=True) & (Q(team__in=teams) | Q(team__isnull=True))
            drawn = drawn.filter(Q(pk__in=mine) | default)
        return cls(
            own={row.service_id: row for row in own},
            policies={policy.pk: policy for policy in drawn},
            severities=policies(),
            hours={row.pk: row for row in BusinessHours.objects.order_by("is_demo", "pk")},
        )

    def route(self, service: Service, severity: int) -> Route:
        """Return the route of an incident of this service and severity."""
        policy, reason = self._policy(service)
        hours = self._hours_held(service, severity)
        if policy is None:
            snapshot = built_in(service.team_id, self.severities[severity], hours)
        else:
            snapshot = self.snapshot(policy, service, hours)
        return Route(policy, snapshot, reason)

    def snapshot(
        self,
        policy: EscalationPolicy,
        service: Service,
        hours: Calendar | None = None,
        *,
        turn: int | None = None,
    ) -> Snapshot:
        """Return the copy of a policy that an incident of this service climbs."""
        return Snapshot(
            name=policy.name,
            policy_id=policy.pk,
            team_id=service.team_id,
            steps=tuple(self._step(step, service) for step in policy.steps.all()),
            repeat=policy.repeat_count,
            last_resort=policy.last_resort_id,
            hours=hours,
            turn=policy.turns if turn is None else turn,
        )

    def hours_of(self, service: Service) -> BusinessHours | None:
        """The service's own hours, else its team's, else the house's."""
        return pick(self.hours.values(), service)

    def _policy(self, service: Service) -> tuple[EscalationPolicy | None, str]:
        """The policy and why; one without a step is none yet."""
        own = self.own.get(service.pk)
        chosen = self.policies.get(own.policy_id) if own and own.policy_id else None
        for policy, sentence in (
            (chosen, _("The service's own policy, “%(policy)s”.")),
            (self._default(service.team_id), _("Its team's policy, “%(policy)s”.")),
            (self._default(None), _("The house's policy, “%(policy)s”.")),
        ):
            if policy is not None and policy.steps.all():
                return policy, sentence % {"policy": policy}
        return None, _("No policy is drawn: whoever is on call, then the managers.")

    def _default(self, team_id: int | None) -> EscalationPolicy | None:
        found = (each for each in self.policies.values() if each.is_default)
        return next((each for each in found if each.team_id == team_id), None)

    def _hours_held(self, service: Service, severity: int) -> Calendar | None:
        """The hours that this severity waits for; where none are set, it does not wait."""
        own = self.own.get(service.pk)
        if not self.severities[severity].waits_for_hours or (own and own.pages_always):
            return None
        row = self.hours_of(service)
        return _calendar(row)

    def _step(self, step: PolicyStep, service: Service) -> Step:
        said = [self._written_out(condition, service) for condition in step.conditions]
        return Step(
            targets=tuple(Target(each.kind, each.named_id) for each in step.targets.all()),
            delay=timedelta(minutes=step.delay_minutes),
            strategy=step.strategy,
            said=tuple(said),
        )

    def _written_out(self, condition: dict[str, Any], service: Service) -> dict[str, Any]:
        """The condition with its calendar in it, as it is today."""
        if condition.get("kind") not in WITH_HOURS:
            return condition
        pk = condition.get("hours")
        row = self.hours.get(pk) if pk else self.hours_of(service)
        return {**condition, "calendar": row.as_data() if row else None}


def policy_for(service: Service, severity: int) -> Route:
    """Return which policy this service's incidents of this severity climb, and why."""
    return Atlas.of([service]).route(service, severity)


def built_in(team_id: int, severity: SeverityPolicy, hours: Calendar | None = None) -> Snapshot:
    """What is climbed where nobody has drawn a policy."""
    wait = timedelta(minutes=severity.escalate_minutes)
    return Snapshot(
        name=_("Built in"),
        team_id=team_id,
        steps=(
            Step((Target("schedule"),), delay=wait),
            Step((Target("managers"),), delay=wait),
        ),
        hours=hours,
    )


def _calendar(row: BusinessHours | None) -> Calendar | None:
    try:
        return Calendar.read(row.as_data()) if row else None
    except Unreadable:
        return None
