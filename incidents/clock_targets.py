"""
What a severity demands of each clock, for one service: how much time, and which time counts.

A target "until the end of" something is turned into the time that counts until then, so that
all targets are judged by the same arithmetic and a pause moves them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from django.utils.translation import gettext as _

from incidents.clocks import Terms
from incidents.models import ClockHours, ClockKind, SeverityPolicy, TargetRule
from incidents.models.escalation import ServiceEscalation
from incidents.policies import policy_of
from operations.business_hours import Calendar, Range, Unreadable
from operations.models import SprintCalendar
from operations.sprints import Sprints
from operations.working_hours import hours_of
from portal.models import Service

MINUTE = timedelta(minutes=1)
FIXED = "fixed"  # so long and no longer, whatever the severity


@dataclass(frozen=True)
class Demand:
    """A target as it is written down; `calendar` says which time counts, None: all of it."""

    rule: str
    minutes: int | None = None
    calendar: Calendar | None = None
    sprints: Sprints | None = None
    text: str = ""
    length: timedelta | None = None

    def target(self, terms: Terms) -> timedelta | None:
        """How much time of these terms, which have no pauses; None: nothing is measured."""
        if self.rule == TargetRule.MINUTES:
            return None if self.minutes is None else self.minutes * MINUTE
        if self.rule == FIXED:
            return self.length
        end = None
        if self.rule == TargetRule.BUSINESS_DAY and self.calendar is not None:
            end = self.calendar.end_of_next_day(terms.start)
        elif self.rule == TargetRule.SPRINT and self.sprints is not None:
            end = self.sprints.end_of_next(terms.start)
        return None if end is None else terms.elapsed(end)


class Demands:
    """The demands of one severity on one service, each read when it is asked for."""

    def __init__(self, service: Service, severity: int) -> None:
        self.service = service
        self.policy: SeverityPolicy = policy_of(severity)

    def of(self, kind: str) -> Demand:
        policy = self.policy
        if kind == ClockKind.RESPONSE:
            rule, minutes = policy.response_rule, policy.response_minutes
            return self._demand(rule, minutes, policy.response_target)
        if kind == ClockKind.RESOLUTION:
            rule, minutes = policy.resolution_rule, policy.resolution_minutes
            return self._demand(rule, minutes, policy.resolution_target)
        within = policy.communication_minutes
        text = "" if within is None else _("within %(n)d minutes") % {"n": within}
        return self._demand(TargetRule.MINUTES, within, text)

    def _demand(self, rule: str, minutes: int | None, text: str) -> Demand:
        if rule == TargetRule.SPRINT:
            return Demand(rule, sprints=self._sprints, text=text)
        if rule == TargetRule.BUSINESS_DAY:
            hours = self._hours or office_hours(self.service.team.time_zone)
            return Demand(rule, calendar=hours, text=text)
        waits = minutes is not None and self.policy.clock_hours == ClockHours.BUSINESS
        calendar = self._hours if waits and not self._counts_always else None
        return Demand(rule, minutes=minutes, calendar=calendar, text=text)

    @cached_property
    def _hours(self) -> Calendar | None:
        """Hours that cannot be read are none: time counts then."""
        row = hours_of(self.service)
        try:
            return Calendar.read(row.as_data()) if row else None
        except Unreadable:
            return None

    @cached_property
    def _counts_always(self) -> bool:
        own = ServiceEscalation.objects.filter(service=self.service, pages_always=True)
        return own.exists()

    @cached_property
    def _sprints(self) -> Sprints | None:
        rows = SprintCalendar.objects.filter(team=self.service.team_id)
        row = rows.select_related("team").first()
        return row.sprints if row else None


def until(end: datetime, start: datetime, text: str) -> Demand:
    """What is due at an instant that somebody named."""
    return Demand(FIXED, length=max(end - start, MINUTE), text=text)


def office_hours(zone: str) -> Calendar:
    """What a business day is where no hours are set: Monday to Friday, nine to five."""
    return Calendar(zone, tuple(Range(day, time(9), time(17)) for day in range(5)))
