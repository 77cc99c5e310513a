"""What runs: the processes' signs of life, and what the auditor found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """A process says that it lives; the health page says which one has gone quiet."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20)
    beat_at = models.DateTimeField(default=timezone.now)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class Gravity(models.TextChoices):
    """How bad a finding is."""

    ALARM = "alarm", _("Nobody can rely on being paged")
    FAULT = "fault", _("Something that was due did not happen")
    WARNING = "warning", _("Something will go wrong unless somebody sees to it")


class Finding(models.Model):
    """
    Something that was due and did not happen, as the auditor saw it, until it is cleared.

    An alarm stands in the band on every page. A warning is no fault of this portal's, so it
    keeps nobody outside from hearing that all is well.
    """

    code = models.CharField(max_length=60, unique=True)
    sentence = models.CharField(max_length=400)
    # Where it is mended. A pager of the release before knows neither this nor the gravity.
    url = models.CharField(max_length=300, blank=True, db_default="")
    gravity = models.CharField(
        max_length=7, choices=Gravity, default=Gravity.FAULT, db_default=Gravity.FAULT
    )
    count = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gravity__in=Gravity.values), name="finding_gravity_known"
            )
        ]

    def __str__(self) -> str:
        return self.code
