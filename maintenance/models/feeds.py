"""What calendar programs are told of changes, and the keys under which they read it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import MaintenanceRequest
from portal.models import Team, User


class ChangeFeedQuerySet(models.QuerySet["ChangeFeed"]):
    def open(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of(self, person: User) -> Self:
        return self.filter(owner=person)


class ChangeFeed(models.Model):
    """
    A key under which a calendar program reads planned changes; only its hash is kept.

    It shows what its owner may see: all changes, those of one team, or the owner's own.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Those that the owner asked for or carries out.
    is_of_own = models.BooleanField(default=False)
    key_prefix = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ChangeFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_of_own=False) | Q(team__isnull=True),
                name="change_feed_of_own_or_of_a_team",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope_label} ({self.key_prefix}…)"

    @property
    def scope_label(self) -> str:
        if self.is_of_own:
            return str(_("My own changes"))
        return str(self.team or _("All changes"))


class EventStatus(models.TextChoices):
    """As RFC 5545 (3.8.1.11) names them."""

    TENTATIVE = "TENTATIVE", _("Tentative")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    CANCELLED = "CANCELLED", _("Cancelled")


class PublishedChange(models.Model):
    """
    A request as calendar programs know it: its UID stays, its sequence rises with a change.

    There from the first time that is planned. What is given up, or has no time any more,
    stays as cancelled, so that programs which have it hear of that.
    """

    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=EventStatus)
    title = models.CharField(max_length=200)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=EventStatus.values), name="published_change_status_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")),
                name="published_change_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["starts_at", "ends_at"], name="published_change_time")]

    def __str__(self) -> str:
        return f"CHG-{self.request_id}: {self.status}"

    @property
    def uid(self) -> str:
        """Under which a program knows it for ever, without the host."""
        return f"chg-{self.request_id}-1"
