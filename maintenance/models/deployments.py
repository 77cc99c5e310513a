"""What was put into production, when, and how it went; and when production may be touched."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import AUTHORISED_STATES, MaintenanceRequest
from operations.models import AtEnd, Behaviour
from portal.models import Service, Tracked, User


class DeploymentResult(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


PRODUCTION = "production"
UNAUTHORISED = Q(environment=PRODUCTION) & (
    Q(request__isnull=True) | ~Q(request__state__in=AUTHORISED_STATES)
)


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def unauthorised(self) -> Self:
        return self.filter(UNAUTHORISED)

    def in_production_between(self, start: datetime, end: datetime) -> Self:
        """What finished in production in `[start, end)`, however it went."""
        return self.filter(environment=PRODUCTION, finished_at__gte=start, finished_at__lt=end)

    def with_list_columns(self) -> Self:
        return self.select_related("service", "request", "actor")

    def with_details(self) -> Self:
        return self.select_related("service__team", "request", "actor", "rolls_back")


class Deployment(models.Model):
    """A version of a service reached an environment; told by a program, or by a person."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=40, default=PRODUCTION)
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
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Needed immediate intervention: told by a person, a rollback or an incident.
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=300, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
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
                violation_error_message=_("It cannot finish before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(recovered_at__isnull=True) | Q(failed_at__isnull=False),
                name="deployment_recovers_from_a_failure",
            ),
            models.CheckConstraint(
                condition=Q(result=DeploymentResult.RUNNING) | Q(finished_at__isnull=False),
                name="deployment_with_a_result_has_finished",
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
        """Whether it reached production without an approved request that stands behind it."""
        if self.environment != PRODUCTION:
            return False
        return self.request is None or self.request.state not in AUTHORISED_STATES


class MaintenanceWindowQuerySet(models.QuerySet["MaintenanceWindow"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def upcoming(self, now: datetime) -> Self:
        """Those that run or are still to come, the next one first."""
        return self.filter(cancelled_at=None, ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Those that are over or were called off."""
        return self.filter(Q(ends_at__lte=now) | Q(cancelled_at__isnull=False))

    def public(self) -> Self:
        """Those that touch a service of the public status page."""
        return self.filter(services__is_public=True).distinct()

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services")


class MaintenanceWindow(Tracked):
    """A time in which work on services is announced and expected: `[starts_at, ends_at)`."""

    title = models.CharField(_("title"), max_length=150)
    services = models.ManyToManyField(Service, related_name="+")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    description = models.TextField(_("description"), blank=True, max_length=2000)
    # What becomes of the services' alerts meanwhile, and of what still fires afterwards.
    alert_behaviour = models.CharField(
        _("alerts meanwhile"), max_length=8, choices=Behaviour, default=Behaviour.HOLD
    )
    alerts_at_end = models.CharField(
        _("what still fires at the end"),
        max_length=9,
        choices=AtEnd,
        default=AtEnd.REPROCESS,
    )
    cancelled_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = MaintenanceWindowQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="window_ends_after_it_starts",
                violation_error_message=_("The window must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(alert_behaviour__in=Behaviour.values),
                name="window_alert_behaviour_known",
            ),
            models.CheckConstraint(
                condition=Q(alerts_at_end__in=AtEnd.values), name="window_alerts_at_end_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="window_newest"),
            models.Index(
                fields=["starts_at", "ends_at"],
                condition=Q(cancelled_at__isnull=True),
                name="window_announced",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("maintenance:window", args=[self.pk])

    @property
    def reference(self) -> str:
        """Under which lower floors keep what belongs to it."""
        return f"window:{self.pk}"

    def state_at(self, now: datetime) -> str:
        """Return `cancelled`, `over`, `running` or `upcoming`."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.ends_at <= now:
            return "over"
        return "running" if self.starts_at <= now else "upcoming"
