"""Checks: what the portal asks services over HTTP, and what they answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.models.alerts import Severity
from portal.models import Service, Tracked


class CheckState(models.TextChoices):
    UNKNOWN = "unknown", _("Not checked yet")
    UP = "up", _("Up")
    DOWN = "down", _("Down")


class Check(Tracked):
    """A question that the portal asks a service again and again over HTTP."""

    name = models.CharField(_("name"), max_length=100)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    url = models.URLField(_("address"), max_length=500)
    expected_status = models.PositiveSmallIntegerField(_("expected status"), default=200)
    every_seconds = models.PositiveIntegerField(_("every (seconds)"), default=60)
    # None: that it is down is shown, and wakes nobody.
    severity = models.PositiveSmallIntegerField(
        _("severity when down"),
        choices=Severity,
        default=Severity.P2,
        null=True,
        blank=True,
        help_text=_("Empty: it is shown, and nobody is woken."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    state = models.CharField(
        max_length=7, choices=CheckState, default=CheckState.UNKNOWN, editable=False
    )
    since = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CheckState.values), name="check_state_known"
            ),
            models.CheckConstraint(
                condition=Q(every_seconds__gte=10), name="check_not_too_often"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(is_active=True), name="check_due")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:check", args=[self.pk])


class CheckResult(models.Model):
    """One answer to a check; `milliseconds` is None when nothing answered."""

    check_done = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="results")
    at = models.DateTimeField(default=timezone.now)
    is_up = models.BooleanField()
    milliseconds = models.PositiveIntegerField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["check_done", "-at"], name="check_result_newest")]

    def __str__(self) -> str:
        return f"{self.check_done_id} at {self.at:%Y-%m-%d %H:%M}"
