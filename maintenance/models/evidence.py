"""What shows that a plan is ready: tests, staging, a rollback, a backup, the runbook."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import MaintenanceRequest
from portal.models import User

MOST_GATES = 20  # of one request
LONGEST_FRESH = 24 * 90  # hours


class EvidenceOf(models.TextChoices):
    TESTS = "tests", _("Tests")
    STAGING = "staging", _("Verified in staging")
    ROLLBACK = "rollback", _("Rollback tried, with its time")
    BACKUP = "backup", _("Backup verified")
    COMMUNICATION = "communication", _("Those concerned are told")
    RUNBOOK = "runbook", _("Runbooks are ready")
    OTHER = "other", _("Something else")


class EvidenceGate(models.Model):
    """
    One thing that must be green, and fresh, when the work begins.

    A gate that nobody set up is not asked for; one that is there is asked for by name.
    """

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="gates"
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(
        _("what it shows"), max_length=13, choices=EvidenceOf, default=EvidenceOf.OTHER
    )
    is_green = models.BooleanField(_("green"), default=False)
    source = models.CharField(_("where it comes from"), max_length=500, blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    checked_at = models.DateTimeField(_("checked at"), default=timezone.now)
    # None: it does not go stale.
    fresh_hours = models.PositiveSmallIntegerField(
        _("stays fresh for (hours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_FRESH)],
    )
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["request", "name"], name="evidence_gate_once"),
            models.CheckConstraint(
                condition=Q(kind__in=EvidenceOf.values), name="evidence_gate_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stale_from(self) -> datetime | None:
        if self.fresh_hours is None:
            return None
        return self.checked_at + timedelta(hours=self.fresh_hours)

    def is_stale_at(self, now: datetime) -> bool:
        until = self.stale_from
        return until is not None and now >= until
