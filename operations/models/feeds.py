"""Shifts as calendar programs read them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def open(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of(self, person: User) -> Self:
        return self.filter(owner=person)


class CalendarFeed(models.Model):
    """
    A key under which a calendar program reads shifts; only its hash is kept.

    It shows what its owner may see: their own shifts, or those of one schedule.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # None: the owner's own shifts in all schedules.
    schedule = models.ForeignKey(
        "operations.Schedule", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    key_prefix = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.schedule or _('My shifts')} ({self.key_prefix}…)"

    @property
    def scope_label(self) -> str:
        return str(self.schedule or _("My own shifts"))


class PublishedShift(models.Model):
    """
    One shift as calendar programs know it: its UID stays, its sequence rises with a change.

    Written when a schedule changes and as the horizon moves on. What is called off stays, so
    that programs which have it hear of that.
    """

    schedule = models.ForeignKey(
        "operations.Schedule", on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    uid = models.UUIDField(unique=True, editable=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="published_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["schedule", "person", "starts_at"],
                condition=Q(is_cancelled=False),
                name="published_once_while_it_holds",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "starts_at"], name="published_by_person"),
            models.Index(fields=["schedule", "starts_at"], name="published_by_schedule"),
        ]

    def __str__(self) -> str:
        return f"{self.person} from {self.starts_at:%Y-%m-%d %H:%M}"
