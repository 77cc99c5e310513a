"""Heartbeats: jobs that tell us when they ran, so that their silence can be heard."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.models.alerts import Severity
from operations.on_calendar import parse
from portal.models import Service, Tracked, User

SHORTEST = 1  # minutes, of a period and of the grace
LONGEST = 366 * 24 * 60  # minutes


class RhythmKind(models.TextChoices):
    PERIOD = "period", _("Again within a time")
    CRON = "cron", _("By a cron expression")
    CALENDAR = "calendar", _("By an OnCalendar of systemd")


class HeartbeatState(models.TextChoices):
    """`late` is inside the grace; a `new` one was not heard since it was made or resumed."""

    NEW = "new", _("Not heard yet")
    UP = "up", _("Up")
    STARTED = "started", _("Running")
    LATE = "late", _("Late")
    DOWN = "down", _("Down")
    PAUSED = "paused", _("Paused")


HEARTBEAT_TRANSITIONS: dict[HeartbeatState, set[HeartbeatState]] = {
    HeartbeatState.NEW: set(HeartbeatState) - {HeartbeatState.NEW},
    HeartbeatState.UP: {
        HeartbeatState.STARTED,
        HeartbeatState.LATE,
        HeartbeatState.DOWN,
        HeartbeatState.PAUSED,
    },
    HeartbeatState.STARTED: {
        HeartbeatState.UP,
        HeartbeatState.DOWN,
        HeartbeatState.PAUSED,
    },
    HeartbeatState.LATE: {
        HeartbeatState.UP,
        HeartbeatState.STARTED,
        HeartbeatState.DOWN,
        HeartbeatState.PAUSED,
    },
    HeartbeatState.DOWN: {
        HeartbeatState.UP,
        HeartbeatState.STARTED,
        HeartbeatState.LATE,
        HeartbeatState.PAUSED,
    },
    HeartbeatState.PAUSED: {HeartbeatState.NEW, HeartbeatState.UP, HeartbeatState.STARTED},
}

CAN_TURN = Q(state__in=[HeartbeatState.UP, HeartbeatState.STARTED, HeartbeatState.LATE])
STANDS = Q(state__in=[HeartbeatState.DOWN, HeartbeatState.PAUSED])


class DownReason(models.TextChoices):
    SILENT = "silent", _("It was not heard in time")
    UNFINISHED = "unfinished", _("It started and did not finish in time")
    FAILED = "failed", _("It said that it failed")


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def down(self) -> Self:
        return self.filter(state=HeartbeatState.DOWN)

    def with_list_columns(self) -> Self:
        return self.select_related("service")


class Heartbeat(Tracked):
    """
    A job that must be heard again and again, and whose silence is an alert.

    What pings and the clock change is written without versions, as it is no person's work.
    """

    name = models.CharField(_("name"), max_length=100)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(
        _("expected"), max_length=8, choices=RhythmKind, default=RhythmKind.PERIOD
    )
    period_minutes = models.PositiveIntegerField(
        _("period (minutes)"),
        default=24 * 60,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
    )
    cron = models.CharField(_("cron expression"), max_length=100, blank=True)
    on_calendar = models.CharField(_("OnCalendar"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=63, default="UTC")
    grace_minutes = models.PositiveIntegerField(
        _("grace (minutes)"),
        default=60,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=Severity, default=Severity.P2
    )
    runbook_url = models.URLField(_("runbook's address"), max_length=500, blank=True)
    is_resumed_by_ping = models.BooleanField(_("a success ends a pause"), default=True)
    # Opens the door for pings; not a secret of the same rank as a password.
    ping_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    state = models.CharField(
        max_length=7, choices=HeartbeatState, default=HeartbeatState.NEW, editable=False
    )
    since = models.DateTimeField(default=timezone.now, editable=False)
    # When the clock alone changes the state next; None while it cannot.
    due_at = models.DateTimeField(null=True, editable=False)
    expected_at = models.DateTimeField(null=True, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    succeeded_at = models.DateTimeField(null=True, editable=False)
    # Runs that began and have not ended, as pairs of run id and moment, the oldest first.
    starts = models.JSONField(default=list, editable=False)
    down_because = models.CharField(
        max_length=10, choices=DownReason, blank=True, editable=False
    )
    last_duration = models.DurationField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        # By the alphabet of the states, what is down comes first, and what is late next.
        ordering = ["state", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HeartbeatState.values), name="heartbeat_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=RhythmKind.PERIOD, cron="", on_calendar="")
                | Q(kind=RhythmKind.CRON, on_calendar="") & ~Q(cron="")
                | Q(kind=RhythmKind.CALENDAR, cron="") & ~Q(on_calendar=""),
                name="heartbeat_has_one_rhythm",
            ),
            models.CheckConstraint(
                condition=Q(
                    period_minutes__range=(SHORTEST, LONGEST),
                    grace_minutes__range=(SHORTEST, LONGEST),
                ),
                name="heartbeat_within_a_year",
            ),
            models.CheckConstraint(
                condition=CAN_TURN & Q(due_at__isnull=False)
                | STANDS & Q(due_at=None)
                | Q(state=HeartbeatState.NEW),
                name="heartbeat_due_iff_it_can_turn",
            ),
            models.CheckConstraint(
                condition=Q(state=HeartbeatState.DOWN) & ~Q(down_because="")
                | ~Q(state=HeartbeatState.DOWN) & Q(down_because=""),
                name="heartbeat_down_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="heartbeat_due"
            ),
            models.Index(fields=["state", "name", "id"], name="heartbeat_in_order"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:heartbeat", args=[self.pk])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def clock_zone(self) -> ZoneInfo:
        """The zone that its expression goes by: its own, where it names one."""
        return (parse(self.on_calendar).zone if self.on_calendar else None) or self.zone

    @property
    def period(self) -> timedelta:
        return timedelta(minutes=self.period_minutes)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)

    @property
    def is_paused(self) -> bool:
        return self.state == HeartbeatState.PAUSED


class PingKind(models.TextChoices):
    SUCCESS = "success", _("Success")
    START = "start", _("Start")
    FAIL = "fail", _("Failure")
    LOG = "log", _("Log")


class Ping(models.Model):
    """One call of a job, kept as it came; its commit is what the job's 200 promises."""

    heartbeat = models.ForeignKey(Heartbeat, on_delete=models.CASCADE, related_name="pings")
    at = models.DateTimeField(default=timezone.now, editable=False)
    kind = models.CharField(max_length=7, choices=PingKind)
    exit_status = models.PositiveSmallIntegerField(null=True)
    run_id = models.UUIDField(null=True)
    method = models.CharField(max_length=4)
    agent = models.CharField(max_length=200, blank=True)
    body = models.BinaryField(default=bytes)
    is_cut = models.BooleanField(default=False)
    is_read = models.BooleanField(default=False)
    # From the start of the same run, where one is known.
    duration = models.DurationField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PingKind.values), name="ping_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(exit_status=None) | Q(exit_status__lte=255),
                name="ping_exit_status_is_a_byte",
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat", "-id"], name="ping_by_heartbeat"),
            models.Index(
                fields=["heartbeat", "id"], condition=Q(is_read=False), name="ping_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.heartbeat_id} at {self.at:%Y-%m-%d %H:%M}"
