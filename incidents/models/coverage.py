"""The daily proof that every page ends at somebody, and the holes that it found."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.models import Severity
from portal.models import Service, User

DAYS = 30  # how far ahead a run looks


class CoverageRunQuerySet(models.QuerySet["CoverageRun"]):
    def finished(self) -> Self:
        return self.filter(state=CoverageRun.State.DONE)

    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()


class CoverageRun(models.Model):
    """One proof over the next days; written by the machine and never edited."""

    class State(models.TextChoices):
        DUE = "due", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be finished")

    state = models.CharField(max_length=6, choices=State, default=State.DUE)
    # None: the daily run.
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    # What was looked at: pages that begin in [starts_at, ends_at).
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # False where anything had to be cut; then no hole found proves nothing.
    is_complete = models.BooleanField(default=True)
    # Why it is incomplete or failed, in words.
    remark = models.CharField(max_length=300, blank=True)
    service_count = models.PositiveIntegerField(default=0)
    # Pairs of a service and a severity that wakes people.
    route_count = models.PositiveIntegerField(default=0)
    hole_count = models.PositiveIntegerField(default=0)
    weak_count = models.PositiveIntegerField(default=0)
    # Of the time of all routes, that in which a page ends at somebody.
    covered_seconds = models.PositiveBigIntegerField(default=0)
    total_seconds = models.PositiveBigIntegerField(default=0)

    objects = CoverageRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(starts_at__isnull=False, ends_at__isnull=False, finished_at__isnull=False),
                name="coverage_run_done_has_times",
            ),
            models.CheckConstraint(
                condition=Q(covered_seconds__lte=F("total_seconds")),
                name="coverage_run_covers_no_more_than_all",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="due"), name="coverage_run_due")
        ]

    def __str__(self) -> str:
        return f"Proof of coverage of {self.asked_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:coverage")

    @property
    def has_proved_it(self) -> bool:
        """Whether nothing was cut, and no page was found that ends at nobody."""
        return self.state == self.State.DONE and self.is_complete and not self.hole_count

    @property
    def covered_percent(self) -> Decimal | None:
        """To three places and never rounded up to a hundred; None before there is a route."""
        if not self.total_seconds:
            return None
        share = Decimal(self.covered_seconds) * 100 / self.total_seconds
        return share.quantize(Decimal("0.001"), ROUND_DOWN)


class HoleKind(models.TextChoices):
    """The graver first: a page that reaches nobody is a hole, the others are weak spots."""

    NOBODY = "nobody", _("Reaches nobody")
    LAST_RESORT = "last_resort", _("Reaches only the last resort")
    AWAY = "away", _("Reaches only people who are away")
    LATE = "late", _("Reaches somebody too late")
    FIRST_STEP = "first_step", _("Its first step reaches nobody")


class CoverageHoleQuerySet(models.QuerySet["CoverageHole"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service__team")


class CoverageHole(models.Model):
    """
    A time in which pages that begin would not end well: `[starts_at, ends_at)`.

    Those of kind `nobody` are the holes; the others end at somebody, but by luck.
    """

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="holes")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity)
    kind = models.CharField(max_length=11, choices=HoleKind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # What is missing, as a code that does not change, and in words.
    code = models.CharField(max_length=30)
    sentence = models.CharField(max_length=500)
    fix_label = models.CharField(max_length=100)
    fix_url = models.CharField(max_length=300)
    # No hole of the run before touches it.
    is_new = models.BooleanField(default=False)

    objects = CoverageHoleQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "severity", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="coverage_hole_has_length"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=HoleKind.values), name="coverage_hole_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="coverage_hole_severity_known"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "starts_at"], name="coverage_hole_by_start"),
            models.Index(fields=["run", "service"], name="coverage_hole_by_service"),
        ]

    def __str__(self) -> str:
        return f"{Severity(self.severity).name} {self.service_id}: {self.sentence}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:coverage")

    @property
    def is_hole(self) -> bool:
        return self.kind == HoleKind.NOBODY

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at
