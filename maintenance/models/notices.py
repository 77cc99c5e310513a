"""What suppliers tell of their own maintenance, and what of it could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Service, User


class Impact(models.TextChoices):
    NONE = "NO-IMPACT", _("No impact")
    REDUCED = "REDUCED-REDUNDANCY", _("Reduced redundancy")
    DEGRADED = "DEGRADED", _("Degraded")
    OUTAGE = "OUTAGE", _("Outage")


class NoticeStatus(models.TextChoices):
    TENTATIVE = "TENTATIVE", _("Tentative")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    CANCELLED = "CANCELLED", _("Called off")
    IN_PROCESS = "IN-PROCESS", _("Under way")
    COMPLETED = "COMPLETED", _("Done")


class SupplierNoticeQuerySet(models.QuerySet["SupplierNotice"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def ahead(self, now: datetime) -> Self:
        return self.filter(ends_at__gt=now).exclude(status=NoticeStatus.CANCELLED)

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services")


class SupplierNotice(models.Model):
    """A supplier's maintenance as it told of it last, and which services feel it."""

    provider = models.CharField(max_length=200)
    uid = models.CharField(max_length=300)
    sequence = models.PositiveIntegerField()
    account = models.CharField(max_length=200)
    summary = models.CharField(max_length=300)
    organizer = models.CharField(max_length=300)
    maintenance_ids = models.JSONField(default=list)
    # Of each: id, impact.
    objects_touched = models.JSONField(default=list)
    impact = models.CharField(max_length=18, choices=Impact)
    status = models.CharField(max_length=10, choices=NoticeStatus, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    services = models.ManyToManyField(
        Service, verbose_name=_("services that feel it"), related_name="+", blank=True
    )
    received_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = SupplierNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "uid"], name="supplier_notice_once_per_name"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="supplier_notice_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="supplier_notice_newest")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.summary}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:notice", args=[self.pk])


class RejectedNotice(models.Model):
    """A notice that could not be taken, kept so that somebody sees it."""

    reason = models.CharField(max_length=500)
    excerpt = models.TextField()
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["-received_at", "-id"], name="rejected_notice_newest")]

    def __str__(self) -> str:
        return self.reason
