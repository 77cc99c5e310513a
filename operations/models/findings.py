"""What is wrong with the shifts to come."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User


class FindingKind(models.TextChoices):
    GAP = "gap", _("Nobody is on call")
    DOUBLE = "double", _("On call twice at once")
    ON_LEAVE = "on_leave", _("On call while away")


CURRENT_FINDING = Q(gone_at__isnull=True)


class FindingQuerySet(models.QuerySet["ShiftFinding"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def current(self) -> Self:
        return self.filter(CURRENT_FINDING)

    def with_list_columns(self) -> Self:
        return self.select_related("schedule__team", "other__team", "person")


class ShiftFinding(models.Model):
    """A gap, a double booking or a shift on leave within the next 60 days; told of once."""

    schedule = models.ForeignKey(
        "operations.Schedule", on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=FindingKind)
    # The second schedule of a double booking.
    other = models.ForeignKey(
        "operations.Schedule", null=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=FindingKind.values), name="finding_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="finding_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(kind="gap", person=None)
                | (~Q(kind="gap") & Q(person__isnull=False)),
                name="finding_names_a_person_unless_gap",
            ),
            models.CheckConstraint(
                condition=Q(kind="double", other__isnull=False)
                | (~Q(kind="double") & Q(other=None)),
                name="finding_names_another_iff_double",
            ),
        ]
        indexes = [
            models.Index(
                fields=["schedule", "starts_at"],
                condition=CURRENT_FINDING,
                name="finding_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.starts_at:%Y-%m-%d %H:%M}"
