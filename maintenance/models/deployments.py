"""What was put into production, when, and how it went; and when production may be touched."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import MaintenanceRequest
from portal.models import Service, Tracked, User


class DeploymentResult(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service", "request", "actor")


class Deployment(models.Model):
    """A version of a service reached an environment; told by a program, or by a person."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=40, default="production")
    version = models.CharField(max_length=100)
    commit = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=60, default="api")
    # What the source calls it; the same one again updates this row.
    external_id = models.CharField(max_length=200)
    request = models.ForeignKey(
        MaintenanceRequest,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deployments",
    )
    rolls_back = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    result = models.CharField(
        max_length=9, choices=DeploymentResult, default=DeploymentResult.RUNNING
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Needed immediate intervention: told by a person, a rollback or an incident.
    failed_at = models.DateTimeField(null=True)
    failed_because = models.CharField(max_length=300, blank=True)
    recovered_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="deployment_once_per_source"
            ),
            models.CheckConstraint(
                condition=Q(result__in=DeploymentResult.values), name="deployment_result_known"
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True)
                | Q(finished_at__isnull=True)
                | Q(finished_at__gte=F("started_at")),
                name="deployment_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["-recorded_at", "-id"], name="deployment_newest"),
            models.Index(fields=["service", "-finished_at"], name="deployment_by_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.version} to {self.environment}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:deployment", args=[self.pk])

    @property
    def is_unauthorised(self) -> bool:
        """Whether it reached production without a request that stands behind it."""
        return self.environment == "production" and self.request_id is None


class MaintenanceWindow(Tracked):
    """A time in which work on services is announced and expected: `[starts_at, ends_at)`."""

    title = models.CharField(_("title"), max_length=150)
    services = models.ManyToManyField(Service, related_name="+")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    description = models.TextField(_("description"), blank=True, max_length=2000)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_it_starts"
            )
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="window_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("maintenance:window", args=[self.pk])
