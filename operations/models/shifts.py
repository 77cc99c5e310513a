"""Shifts that are written down one by one: temporary, imported, and past."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from operations.models.on_call import Schedule
from portal.models import Tracked, User


class TemporarySchedule(Tracked):
    """Fixed shifts for a while, such as over the holidays, above all else in the schedule."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="temporaries")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="temporary_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return self.reason or f"Temporary schedule from {self.starts_at:%Y-%m-%d %H:%M}"


class TemporaryShift(Tracked):
    """A person's time in a temporary schedule: `[starts_at, ends_at)`."""

    temporary = models.ForeignKey(
        TemporarySchedule, on_delete=models.CASCADE, related_name="shifts"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="temporary_shift_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} from {self.starts_at:%Y-%m-%d %H:%M}"


class ImportedShift(models.Model):
    """A shift as an imported calendar tells it; replaced whole when the calendar is read."""

    calendar = models.ForeignKey(
        "operations.CalendarImport", on_delete=models.CASCADE, related_name="shifts"
    )
    # None: nobody here goes by `unmatched_name`.
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uid = models.CharField(max_length=250)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=0)
    unmatched_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="imported_shift_ends_after_it_starts",
            )
        ]
        indexes = [models.Index(fields=["calendar", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.person or self.unmatched_name} from {self.starts_at:%Y-%m-%d %H:%M}"


class PastShift(models.Model):
    """
    Who was on call, written down when it was over: no later edit changes it.

    `people` holds their ids; `source`, `slot` and `layer_id` are those of a shift.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="past")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    people = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    slot = models.CharField(max_length=200, blank=True)
    layer_id = models.PositiveBigIntegerField(null=True)  # a number: the layer may be gone

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "starts_at"], name="past_shift_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="past_shift_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="past_shift_by_end")]

    def __str__(self) -> str:
        return f"{self.schedule} from {self.starts_at:%Y-%m-%d %H:%M}"


class PlannedShift(models.Model):
    """Who it would have been without overrides, written down at the same time."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    people = models.JSONField(default=list)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "starts_at"], name="planned_shift_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="planned_shift_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="planned_shift_by_end")]

    def __str__(self) -> str:
        return f"{self.schedule} from {self.starts_at:%Y-%m-%d %H:%M}, as planned"
