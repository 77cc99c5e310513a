"""Standard changes: known, proven and approved beforehand, as long as they go well."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import PRODUCTION
from maintenance.models.states import Category
from portal.models import Service, Tracked, User

# What a request takes over and must not change; and up to how much may be written.
FIXED_TEXTS = {
    "title": 200,
    "plan": 20000,
    "test_evidence": 5000,
    "rollback_plan": 10000,
    "environment": 40,
}
FIXED_MINUTES = ("prepare_minutes", "rollback_minutes")
FIXED = (*FIXED_TEXTS, "category", *FIXED_MINUTES)
NEEDED = ("title", "plan", "rollback_plan", "environment", "impact")
LONGEST_IMPACT = 3000


def check_fixed(fixed: Any) -> None:
    """Refuse what no request could be made from."""
    if not isinstance(fixed, dict) or set(fixed) != {*FIXED, "impact"}:
        raise ValidationError(_("These fields are expected: %(names)s.") % _names(), "fixed")
    texts = {**FIXED_TEXTS, "impact": LONGEST_IMPACT}
    for name, longest in texts.items():
        text = fixed[name]
        if not isinstance(text, str) or len(text) > longest:
            raise ValidationError(_("“%(name)s” is too long.") % {"name": name}, "long")
    if missing := [name for name in NEEDED if not fixed[name].strip()]:
        sentence = _("A standard change needs all of these: %(names)s.")
        raise ValidationError(sentence % {"names": ", ".join(missing)}, "missing")
    if fixed["category"] not in Category.values:
        raise ValidationError(_("There is no such category."), "category")
    for name in FIXED_MINUTES:
        if not isinstance(fixed[name], int) or not 0 <= fixed[name] <= 7 * 24 * 60:
            raise ValidationError(_("“%(name)s” is in minutes.") % {"name": name}, "minutes")


def _names() -> dict[str, str]:
    return {"names": ", ".join((*FIXED, "impact"))}


class StandardState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    RETIRED = "retired", _("Retired")


class VersionDecision(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class StandardChangeQuerySet(models.QuerySet["StandardChange"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service__team", "owner", "approved")

    def ending_by(self, until: datetime, now: datetime) -> Self:
        """Those in force whose approval is over between now and then."""
        return self.filter(
            state=StandardState.APPROVED,
            approved__expires_at__gt=now,
            approved__expires_at__lte=until,
        )


class StandardChange(Tracked):
    """A change that is authorised by its template, while that is approved and goes well."""

    name = models.CharField(_("name"), max_length=120)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=8, choices=StandardState, default=StandardState.PROPOSED, editable=False
    )
    # The version that requests are made from.
    approved = models.ForeignKey(
        "maintenance.StandardVersion",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Since when nothing is authorised by it, and why; from a reinstatement it counts anew.
    suspended_at = models.DateTimeField(null=True, editable=False)
    suspended_because = models.CharField(max_length=500, blank=True, editable=False)
    counts_from = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = StandardChangeQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=StandardState.values), name="standard_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=StandardState.APPROVED) | Q(approved__isnull=False),
                name="standard_approved_has_a_version",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_because="")
                | Q(suspended_at__isnull=False) & ~Q(suspended_because=""),
                name="standard_suspended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:standard", args=[self.pk])


class StandardVersion(Tracked):
    """The fixed fields as they were proposed and decided on; never edited afterwards."""

    standard = models.ForeignKey(
        StandardChange, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    # {"title", "category", "plan", "test_evidence", "rollback_plan", "environment",
    # "prepare_minutes", "rollback_minutes", "impact"}
    fixed = models.JSONField(default=dict, validators=[check_fixed])
    message = models.CharField(_("what changed, and why"), max_length=300, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("valid for (days)"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )
    decision = models.CharField(
        max_length=8, choices=VersionDecision, default=VersionDecision.PROPOSED
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "number"], name="standard_version_numbered_once"
            ),
            models.UniqueConstraint(
                fields=["standard"],
                condition=Q(decision="proposed"),
                name="standard_has_one_proposal",
            ),
            models.CheckConstraint(
                condition=Q(decision="proposed", decided_at__isnull=True)
                | Q(decision__in=["approved", "rejected"], decided_at__isnull=False),
                name="standard_version_decided_iff_decided_at",
            ),
            models.CheckConstraint(
                condition=~Q(decision="approved") | Q(expires_at__isnull=False),
                name="standard_version_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard}, {self.number}"

    def is_over_at(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at


USUAL_FIXED: dict[str, Any] = {
    **dict.fromkeys(FIXED_TEXTS, ""),
    **dict.fromkeys(FIXED_MINUTES, 0),
    "environment": PRODUCTION,
    "category": Category.PREVENTIVE.value,
    "impact": "",
}
