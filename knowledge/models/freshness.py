"""How long the words of a document may be believed before somebody looks again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document
from portal.models import User

USUAL_DAYS = 90
SOON = timedelta(days=14)


class FreshnessState(models.TextChoices):
    FRESH = "fresh", _("Fresh")
    DUE_SOON = "due_soon", _("Due for a look soon")
    OVERDUE = "overdue", _("Overdue for a look")


class FreshnessQuerySet(models.QuerySet["Freshness"]):
    def visible_to(self, user: User) -> Self:
        read = Document.objects.visible_to(user).current()
        return self.filter(document__in=read.values("pk"))

    def of_current(self) -> Self:
        return self.filter(document__archived_at=None)

    def to_look_at(self, now: datetime) -> Self:
        """What is due, or will be soon; the longest overdue first."""
        return self.filter(due_at__lte=now + SOON).order_by("due_at", "pk")

    def with_list_columns(self) -> Self:
        return self.select_related(
            "document__team", "document__published", "reviewed_by"
        ).defer("document__published__body", "document__published__html")


class Freshness(models.Model):
    """When a published document was last found right, and when it is to be looked at again."""

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, related_name="freshness"
    )
    reviewed_at = models.DateTimeField()
    reviewed_number = models.PositiveIntegerField()
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    interval_days = models.PositiveSmallIntegerField(
        _("look again after (days)"), default=USUAL_DAYS
    )
    due_at = models.DateTimeField()
    # Why it is due before its time; empty where only time has passed.
    due_reason = models.CharField(max_length=300, blank=True)
    remind_at = models.DateTimeField()

    objects = FreshnessQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name_plural = "freshness"
        constraints = [
            models.CheckConstraint(
                condition=Q(interval_days__gte=1, interval_days__lte=1095),
                name="freshness_interval_in_days",
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="freshness_due"),
            models.Index(fields=["remind_at"], name="freshness_remind"),
        ]

    def __str__(self) -> str:
        return f"{self.document}: due {self.due_at:%Y-%m-%d}"

    def state_at(self, now: datetime) -> FreshnessState:
        if now >= self.due_at:
            return FreshnessState.OVERDUE
        return FreshnessState.DUE_SOON if now >= self.due_at - SOON else FreshnessState.FRESH
