"""What was put into production, when, and how it went; and when production may be touched."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import PRODUCTION, MaintenanceRequest
from maintenance.models.states import AUTHORISED_STATES
from operations.models import AtEnd, Behaviour
from portal.models import Service, TeamRole, Tracked, User


class DeploymentResult(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    # A pipeline that failed before it touched anything has deployed nothing.
    ABORTED = "aborted", _("Stopped before it touched anything")


class FailedBy(models.TextChoices):
    """Who or what said that it needed immediate intervention."""

    PERSON = "person", _("A person")
    PIPELINE = "pipeline", _("Its own pipeline")
    ROLLBACK = "rollback", _("A rollback")
    INCIDENT = "incident", _("An incident")


class Attribution(models.TextChoices):
    DECLARED = "declared", _("Declared")
    INFERRED = "inferred", _("Inferred from the time")


class Rework(models.TextChoices):
    """What an unplanned deployment was made for; two questions of DORA ask for two of these."""

    INCIDENT = "incident", _("A production incident")
    BUG = "bug", _("A bug that users saw")
    BOTH = "both", _("An incident by a bug that users saw")


TOUCHED = ~Q(result=DeploymentResult.ABORTED)
OTHER_ARTEFACT = (
    ~Q(artefact_sha256="")
    & ~Q(request__artefact_sha256="")
    & ~Q(artefact_sha256=F("request__artefact_sha256"))
)
UNAUTHORISED = (
    Q(environment=PRODUCTION)
    & TOUCHED
    & (
        Q(request__isnull=True)
        | ~Q(request__state__in=AUTHORISED_STATES)
        | ~Q(request__service=F("service"))
        | OTHER_ARTEFACT
    )
)
DECLARED_FAILURE = Q(failed_at__isnull=False, attribution=Attribution.DECLARED)


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def unauthorised(self) -> Self:
        return self.filter(UNAUTHORISED)

    def to_review(self) -> Self:
        """What reached production without approval, and nobody has looked at since."""
        return self.filter(UNAUTHORISED, accepted_at__isnull=True)

    def to_review_by(self, user: User) -> Self:
        """Those of the teams that this person manages, which they did not deploy themselves."""
        if not user.may_work:
            return self.none()
        managed = self.to_review().filter(
            service__team__membership__person=user,
            service__team__membership__role=TeamRole.MANAGER,
        )
        return managed.exclude(actor=user)

    def before(self, deployment: Deployment) -> Self:
        """Those that finished earlier at the same place, the newest first."""
        at = deployment.finished_at or deployment.started_at or deployment.recorded_at
        same = self.filter(
            TOUCHED,
            service=deployment.service_id,
            environment=deployment.environment,
            finished_at__lt=at,
        )
        return same.exclude(pk=deployment.pk).order_by("-finished_at", "-pk")

    def in_production_between(self, start: datetime, end: datetime) -> Self:
        """What finished in production in `[start, end)`, however it went there."""
        return self.filter(
            TOUCHED, environment=PRODUCTION, finished_at__gte=start, finished_at__lt=end
        )

    def with_list_columns(self) -> Self:
        return self.select_related("service", "request", "actor")

    def with_details(self) -> Self:
        return self.select_related(
            "service__team", "request", "actor", "rolls_back__service", "accepted_by"
        )


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
    # What was put there, byte for byte, where the source says.
    artefact_sha256 = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(r"^[0-9a-f]{64}$")]
    )
    rolls_back = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="rollbacks"
    )
    rolls_back_because = models.CharField(max_length=300, blank=True)
    # Unplanned, because production needed it: what for, and the incident's reference.
    rework = models.CharField(max_length=8, choices=Rework, blank=True)
    rework_because = models.CharField(max_length=300, blank=True)
    caused_by_incident = models.CharField(max_length=100, blank=True)
    result = models.CharField(
        max_length=9, choices=DeploymentResult, default=DeploymentResult.RUNNING
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Needed immediate intervention: told by a person, a rollback or an incident.
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=300, blank=True)
    failed_by = models.CharField(max_length=8, choices=FailedBy, blank=True)
    # The incident's reference, such as "incident:7", where an incident said so.
    failed_reference = models.CharField(max_length=100, blank=True)
    attribution = models.CharField(max_length=8, choices=Attribution, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)
    # A manager looked at an unauthorised one, and lets it stand.
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_because = models.CharField(max_length=300, blank=True)
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
            models.CheckConstraint(
                condition=Q(failed_at__isnull=True, failed_by="", attribution="")
                | Q(
                    failed_at__isnull=False,
                    failed_by__in=FailedBy.values,
                    attribution__in=Attribution.values,
                ),
                name="deployment_failed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(rework__in=["", *Rework.values]), name="deployment_rework_known"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False) & ~Q(accepted_because=""),
                name="deployment_accepted_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["-recorded_at", "-id"], name="deployment_newest"),
            models.Index(fields=["service", "-finished_at"], name="deployment_by_service"),
            models.Index(
                fields=["failed_reference"],
                condition=~Q(failed_reference=""),
                name="deployment_by_incident",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.version} to {self.environment}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:deployment", args=[self.pk])

    @property
    def is_unauthorised(self) -> bool:
        """Whether it reached production without an approved request that stands behind it."""
        if self.environment != PRODUCTION or self.result == DeploymentResult.ABORTED:
            return False
        request = self.request
        if request is None or request.state not in AUTHORISED_STATES:
            return True
        return request.service_id != self.service_id or self.is_other_artefact

    @property
    def is_other_artefact(self) -> bool:
        """Whether another artefact than the approved one was put there."""
        approved = self.request.artefact_sha256 if self.request else ""
        return bool(approved and self.artefact_sha256 and approved != self.artefact_sha256)


class DeploymentCommit(models.Model):
    """One change that a deployment brought, and when it was committed."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="commits")
    sha = models.CharField(max_length=64)
    committed_at = models.DateTimeField()

    class Meta:
        ordering = ["committed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deployment", "sha"], name="commit_once_in_a_deployment"
            )
        ]
        indexes = [models.Index(fields=["sha"], name="deployment_commit_by_sha")]

    def __str__(self) -> str:
        return self.sha


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
    # Whose work it announces; it begins, ends and is called off with it.
    request = models.ForeignKey(
        MaintenanceRequest,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="windows",
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
