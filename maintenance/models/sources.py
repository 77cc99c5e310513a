"""Who tells of deployments by webhook: forges, what they sent, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.deployments import Deployment
from maintenance.models.requests import PRODUCTION
from portal.crypto import EncryptedTextField
from portal.models import Service, Team, User


class SourceKind(models.TextChoices):
    GITHUB = "github", "GitHub"
    GITLAB = "gitlab", "GitLab"


class DeploymentSourceQuerySet(models.QuerySet["DeploymentSource"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("team", "service")


class DeploymentSource(models.Model):
    """A forge that tells of deployments by webhook, and how its names are ours."""

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=6, choices=SourceKind)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    # In its address; what opens the door is the secret.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    secret = EncryptedTextField(editable=False)
    # The one before, which opens until then as well, so that nothing is lost meanwhile.
    old_secret = EncryptedTextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    # For repositories that `repositories` does not name; None: their calls are not understood.
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # {"octo/shop": "shop"}: path of a repository -> short name of a service.
    repositories = models.JSONField(default=dict, blank=True)
    # {"prod": "production"}: environment as the forge calls it -> as we do.
    environments = models.JSONField(default=dict, blank=True)
    # A workflow or pipeline that itself is the deployment; blank: deployments are told of.
    pipeline = models.CharField(max_length=200, blank=True)
    pipeline_environment = models.CharField(max_length=40, default=PRODUCTION)
    is_active = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DeploymentSourceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SourceKind.values), name="source_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:source", args=[self.pk])

    @property
    def told_as(self) -> str:
        """The `source` of the deployments that it tells of."""
        return f"{self.kind}:{self.pk}"

    @classmethod
    def is_name_of_one(cls, told: str) -> bool:
        """Whether only a forge may tell of deployments under this name."""
        kind, colon, _number = told.strip().casefold().partition(":")
        return bool(colon) and kind in SourceKind.values

    def secrets_at(self, now: datetime) -> list[str]:
        """Return the secrets that open its door now."""
        until = self.old_secret_until
        old = [self.old_secret] if until is not None and now < until else []
        return [secret for secret in [self.secret, *old] if secret]


class CallState(models.TextChoices):
    RECEIVED = "received", _("Waiting to be read")
    APPLIED = "applied", _("Read")
    IGNORED = "ignored", _("Nothing to do")
    FAILED = "failed", _("Not understood")
    REJECTED = "rejected", _("Rejected")


class SourceCallQuerySet(models.QuerySet["SourceCall"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("source", "deployment__service").defer("body")

    def due(self, now: datetime) -> Self:
        return self.filter(state=CallState.RECEIVED, due_at__lte=now)


class SourceCall(models.Model):
    """One call of a webhook, kept as it came before anything was read into it."""

    source = models.ForeignKey(DeploymentSource, on_delete=models.CASCADE, related_name="calls")
    # What the sender calls it; sent again, it has the same one.
    delivery = models.CharField(max_length=100, blank=True)
    event = models.CharField(max_length=60, blank=True)
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=8, choices=CallState, default=CallState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    # Why it was rejected, not understood, or asks for nothing.
    note = models.TextField(blank=True)
    # What it is about, as far as it was read: a deployment's external id, and a commit.
    about = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=9, blank=True)
    happened_at = models.DateTimeField(null=True)
    sha = models.CharField(max_length=64, blank=True)
    committed_at = models.DateTimeField(null=True)
    deployment = models.ForeignKey(
        Deployment, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = SourceCallQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CallState.values), name="source_call_state_known"
            ),
            models.UniqueConstraint(
                fields=["source", "delivery"],
                condition=~Q(delivery="") & ~Q(state="rejected"),
                name="source_call_once_per_delivery",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="received"), name="source_call_due"
            ),
            models.Index(fields=["source", "-id"], name="source_call_by_source"),
            models.Index(fields=["source", "about"], name="source_call_by_subject"),
            models.Index(fields=["source", "sha"], name="source_call_by_commit"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.delivery}".strip()

    def get_absolute_url(self) -> str:
        return reverse("maintenance:source-call", args=[self.pk])
