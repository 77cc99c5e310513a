"""Who has to agree to which changes, and who stands in for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.approving import Mode
from portal.models import Service, Team, Tracked, User

MOST_POLICY_STEPS = 6


class Who(models.TextChoices):
    """Whom a step of a policy asks; who that is, is looked up at each vote."""

    OWNER_MANAGERS = "owner_managers", _("Managers of the team that owns the service")
    TEAM = "team", _("Everybody in a team")
    TEAM_MANAGERS = "team_managers", _("Managers of a team")
    PEOPLE = "people", _("Named people")


class RiskLevel(models.TextChoices):
    LOW = "low", _("Low")
    MODERATE = "moderate", _("Moderate")
    HIGH = "high", _("High")
    VERY_HIGH = "very_high", _("Very high")


class StepMode(models.TextChoices):
    VETO = Mode.VETO.value, _("One rejection rejects")
    QUORUM = Mode.QUORUM.value, _("Rejected when the number cannot be reached any more")


class ApprovalPolicyQuerySet(models.QuerySet["ApprovalPolicy"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def in_use(self) -> Self:
        return self.filter(retired_at=None)

    def with_list_columns(self) -> Self:
        return self.select_related("escalate_to").prefetch_related("services")


class ApprovalPolicy(Tracked):
    """
    Which steps of approval a change needs; the first that fits a request applies to it.

    A list that is empty fits everything. The steps are rows of `{"key", "name", "stage",
    "who", "team", "people", "number", "percent", "mode"}`, kept here so that a version of a
    policy is whole; a request that asks for approval takes over what it reads then.
    """

    name = models.CharField(_("name"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    risk_levels = models.JSONField(_("risk"), default=list, blank=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    authorisations = models.JSONField(_("authorisation"), default=list, blank=True)
    emergency = models.BooleanField(_("emergency"), null=True, blank=True)
    services = models.ManyToManyField(
        Service, verbose_name=_("services"), related_name="+", blank=True
    )
    steps = models.JSONField(_("steps"), default=list)
    may_fill_two = models.BooleanField(_("one person may fill two steps"), default=False)
    ttl_days = models.PositiveSmallIntegerField(
        _("valid for days"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    grace_hours = models.PositiveSmallIntegerField(
        _("and until so many hours after the planned end"),
        default=2,
        validators=[MaxValueValidator(168)],
    )
    escalate_after_hours = models.PositiveSmallIntegerField(
        _("escalate after hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )
    escalate_to = models.ForeignKey(
        Team,
        verbose_name=_("escalate to the managers of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    retired_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ApprovalPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "approval policies"
        ordering = ["order", "pk"]
        indexes = [
            models.Index(
                fields=["order", "id"],
                condition=Q(retired_at=None),
                name="approval_policy_in_use",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:policy", args=[self.pk])

    @property
    def rule(self) -> dict[str, Any]:
        """What a request takes over."""
        return {
            "policy": self.pk,
            "name": self.name,
            "steps": self.steps,
            "may_fill_two": self.may_fill_two,
            "ttl_days": self.ttl_days,
            "grace_hours": self.grace_hours,
            "escalate_after_hours": self.escalate_after_hours,
            "escalate_to": self.escalate_to_id,
        }


class ApprovalDelegationQuerySet(models.QuerySet["ApprovalDelegation"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def holding_at(self, moment: datetime) -> Self:
        return self.filter(starts_at__lte=moment, closes_at__gt=moment)

    def ahead(self, now: datetime) -> Self:
        """Those that hold now, or are to."""
        return self.filter(closes_at__gt=now)

    def past(self, now: datetime) -> Self:
        return self.filter(closes_at__lte=now)

    def with_list_columns(self) -> Self:
        return self.select_related("giver", "taker")


class ApprovalDelegation(Tracked):
    """For some time one person votes for another, who stays named beside each such vote."""

    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    # When it really ends: `ends_at`, or when it was taken back.
    closes_at = models.DateTimeField(editable=False)
    reason = models.CharField(_("why"), max_length=300)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApprovalDelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="delegation_ends_after_it_starts",
                violation_error_message=_("It must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(giver=F("taker")),
                name="delegation_to_another",
                violation_error_message=_("Choose somebody else."),
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="delegation_newest"),
            models.Index(fields=["giver", "closes_at"], name="delegation_by_giver"),
            models.Index(fields=["taker", "closes_at"], name="delegation_by_taker"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:delegations")

    def standing_at(self, now: datetime) -> str:
        """`revoked`, `upcoming`, `in_force` or `over`."""
        if self.revoked_at is not None:
            return "revoked"
        if now < self.starts_at:
            return "upcoming"
        return "in_force" if now < self.closes_at else "over"
