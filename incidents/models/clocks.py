"""
The clocks of an incident, as rows: what is due when, how it went, and why it was moved.

Each row holds all that it is judged by (target, calendars, pauses), so that it can be worked
out anew; what follows from that stands beside it, so that nobody has to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.clocks import Segment, Terms, read
from incidents.models.incidents import Incident
from operations.models import Severity
from portal.models import User

RUNNING = Q(stopped_at__isnull=True)

State = Literal[
    "on_time", "at_risk", "breached", "met", "paused", "frozen", "unlimited", "not_needed"
]


class ClockKind(models.TextChoices):
    RESPONSE = "response", _("Response")
    RESOLUTION = "resolution", _("Resolution")
    COMMUNICATION = "communication", _("Communication")
    REVIEW = "review", _("Review")


class Outcome(models.TextChoices):
    """How a clock ended."""

    MET = "met", _("Met")
    BREACHED = "breached", _("Breached")
    NOT_NEEDED = "not_needed", _("Over before it was needed")


class ClockReason(models.TextChoices):
    """Why a clock was worked out anew, or is breached."""

    TIME = "time", _("The time was over")
    SEVERITY = "severity_change", _("The severity changed")
    CALENDAR = "calendar_change", _("The calendar changed")
    CORRECTION = "correction", _("A moment was corrected")
    PAUSED = "paused", _("It was paused")
    RESUMED = "resumed", _("It went on")
    REOPENED = "reopened", _("The incident was reopened")
    THAWED = "thawed", _("The incident was un-merged")


class PauseReason(models.TextChoices):
    """The named states in which time does not count."""

    VENDOR = "vendor", _("Waiting for a vendor")
    CUSTOMER = "customer", _("Waiting for a customer")
    RESOLVED = "resolved", _("Resolved, before it was reopened")


class IncidentClockQuerySet(models.QuerySet["IncidentClock"]):
    def running(self) -> Self:
        return self.filter(RUNNING)

    def visible_to(self, user: User) -> Self:
        return self.filter(incident__in=Incident.objects.visible_to(user).values("pk"))


class IncidentClock(models.Model):
    """One thing that is due; promised updates have one each, by `number`."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=13, choices=ClockKind)
    number = models.PositiveSmallIntegerField(default=1)
    # The severity that the target is of.
    severity = models.PositiveSmallIntegerField(choices=Severity)
    started_at = models.DateTimeField()
    # Of time that counts; None where nothing is measured.
    target = models.DurationField(null=True)
    # What was asked for, in the words of that time.
    target_text = models.CharField(max_length=60, blank=True)
    # [{"since", "calendar"}]: by which calendar time counts from when on; empty: by none.
    calendars = models.JSONField(default=list)
    at_risk_percent = models.PositiveSmallIntegerField(default=80)
    # Worked out from the above; None while paused, or where that is never.
    at_risk_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    # Why it is paused now; empty: it is not.
    paused_for = models.CharField(max_length=8, choices=PauseReason, blank=True)
    # Its incident is merged into another: nothing falls due, and time goes on counting.
    frozen_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # How much time had counted by then.
    elapsed = models.DurationField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    breached_at = models.DateTimeField(null=True)
    breach_reason = models.CharField(max_length=15, choices=ClockReason, blank=True)
    # When the pager looks at it next, and what it has said already.
    wake_at = models.DateTimeField(null=True)
    at_risk_told_at = models.DateTimeField(null=True)
    breach_told_at = models.DateTimeField(null=True)

    objects = IncidentClockQuerySet.as_manager()

    class Meta:
        ordering = ["incident", "kind", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind", "number"], name="clock_of_an_incident_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ClockKind.values), name="clock_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, outcome="", elapsed__isnull=True)
                | Q(stopped_at__isnull=False, elapsed__isnull=False)
                & Q(outcome__in=Outcome.values),
                name="clock_stopped_iff_outcome",
            ),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True, breach_reason="")
                | Q(breached_at__isnull=False, breach_reason__in=ClockReason.values),
                name="clock_breached_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.BREACHED) | Q(breached_at__isnull=False),
                name="clock_breached_has_time",
            ),
            models.CheckConstraint(
                condition=Q(wake_at__isnull=True) | RUNNING & Q(frozen_at__isnull=True),
                name="clock_wakes_only_while_it_runs",
            ),
            models.CheckConstraint(
                condition=Q(paused_for="") | RUNNING & Q(kind=ClockKind.RESOLUTION),
                name="clock_pauses_only_the_resolution",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wake_at"], condition=Q(wake_at__isnull=False), name="clock_wakes"
            ),
            models.Index(
                fields=["incident"],
                condition=Q(breached_at__isnull=False),
                name="clock_breached",
            ),
            models.Index(fields=["incident"], condition=RUNNING, name="clock_running"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.incident_id}"

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    @property
    def is_paused(self) -> bool:
        return bool(self.paused_for)

    @property
    def segments(self) -> tuple[Segment, ...]:
        return read(self.calendars)

    def terms(self, pauses: list[ClockPause]) -> Terms:
        """All that its arithmetic needs; `pauses` are its own."""
        spans = tuple((each.started_at, each.ended_at) for each in pauses)
        return Terms(self.started_at, self.segments, spans)

    def state_at(self, now: datetime) -> State:
        """What it says at `now`, from what is stored."""
        if self.outcome:
            return Outcome(self.outcome).value  # type: ignore[return-value]  # a member's value is text
        at = self.frozen_at or now
        if self.target is None:
            return "unlimited"
        if self.breached_at is not None or (self.due_at is not None and self.due_at <= at):
            return "breached"
        if self.frozen_at is not None:
            return "frozen"
        if self.is_paused:
            return "paused"
        is_at_risk = self.at_risk_at is not None and self.at_risk_at <= at
        return "at_risk" if is_at_risk else "on_time"

    @property
    def taken(self) -> timedelta | None:
        """From its start to its stop by a clock on the wall, whatever counted."""
        return self.stopped_at - self.started_at if self.stopped_at else None


class ClockPause(models.Model):
    """A time that does not count; an end of None means that it is not over."""

    clock = models.ForeignKey(IncidentClock, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=8, choices=PauseReason)
    note = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"],
                condition=Q(ended_at__isnull=True),
                name="clock_paused_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="clock_pause_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=PauseReason.values), name="clock_pause_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} since {self.started_at}"


class ClockChange(models.Model):
    """Both targets and both due times of a clock that was moved, who did that, and why."""

    clock = models.ForeignKey(IncidentClock, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=15, choices=ClockReason)
    note = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    severity_before = models.PositiveSmallIntegerField(choices=Severity)
    severity_after = models.PositiveSmallIntegerField(choices=Severity)
    target_before = models.DurationField(null=True)
    target_after = models.DurationField(null=True)
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    # How much time had counted when it was moved.
    elapsed = models.DurationField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=ClockReason.values), name="clock_change_reason_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} at {self.at}"
