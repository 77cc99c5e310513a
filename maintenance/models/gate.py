"""What pipelines asked before they deployed, and what they were told."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import MaintenanceRequest
from portal.models import Service, User


class GateDecision(models.TextChoices):
    ALLOW = "allow", _("Allowed")
    DENY = "deny", _("Denied")
    # It could not be understood; whoever asked was told so, and not let through.
    INVALID = "invalid", _("Not understood")


class GateQuestionQuerySet(models.QuerySet["GateQuestion"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service", "request", "actor")


class GateQuestion(models.Model):
    """One question at the deploy gate with its answer; written once and never edited."""

    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    # As it was asked, found or not.
    service_asked = models.CharField(max_length=100, blank=True)
    environment = models.CharField(max_length=40, blank=True)
    artefact_sha256 = models.CharField(max_length=80, blank=True)
    request_asked = models.CharField(max_length=40, blank=True)
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(
        MaintenanceRequest, null=True, on_delete=models.PROTECT, related_name="gate_questions"
    )
    decision = models.CharField(max_length=7, choices=GateDecision)
    # Of the plan as it was at that second.
    plan_digest = models.CharField(max_length=64, blank=True)
    # [{"code", "sentence", "params"}], empty where it was allowed.
    reasons = models.JSONField(default=list)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # How the token that asked calls itself; blank for a person on the page.
    token_name = models.CharField(max_length=120, blank=True)

    objects = GateQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=GateDecision.values), name="gate_decision_known"
            ),
            models.CheckConstraint(
                condition=~Q(decision=GateDecision.ALLOW)
                | Q(service__isnull=False, request__isnull=False) & ~Q(plan_digest=""),
                name="gate_allows_one_plan_of_one_service",
            ),
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="gate_newest"),
            models.Index(fields=["service", "-asked_at"], name="gate_by_service"),
            models.Index(fields=["request", "-asked_at"], name="gate_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.service_asked} {self.request_asked}: {self.decision}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:gate-question", args=[self.pk])
