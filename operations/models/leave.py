"""When people are away."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User


class LeaveKind(models.TextChoices):
    HOLIDAY = "holiday", _("Holiday")
    SICK = "sick", _("Ill")
    TRAINING = "training", _("Training or travel")
    OTHER = "other", _("Other")


class LeaveQuerySet(models.QuerySet["Leave"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def touching(self, start: datetime, end: datetime) -> Self:
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Leave(Tracked):
    """
    Somebody is away for `[starts_at, ends_at)`; why is for them and their managers.

    It never changes who is on call: a shift on leave is a warning and a finding.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    kind = models.CharField(
        _("kind"), max_length=8, choices=LeaveKind, default=LeaveKind.HOLIDAY
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LeaveKind.values), name="leave_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["person", "ends_at"], name="leave_by_person")]

    def __str__(self) -> str:
        return f"{self.person} away from {self.starts_at:%Y-%m-%d}"
