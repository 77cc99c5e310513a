"""The problem and modification analysis of a request, after ISO/IEC/IEEE 14764, 6.2."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maintenance.models.requests import MaintenanceRequest
from portal.models import Tracked, User


class RequestKind(models.TextChoices):
    """The first decision of problem resolution; the category only proposes it."""

    PROBLEM = "problem", _("A problem: it does not do what it should")
    ENHANCEMENT = "enhancement", _("An enhancement: it should do something else, or better")


class Reproduced(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    NOT_APPLICABLE = "not_applicable", _("Does not apply")


class Weight(models.IntegerChoices):
    """How much is at stake, or how likely it is."""

    LITTLE = 1, _("1, little")
    SOME = 2, _("2, some")
    MUCH = 3, _("3, much")


IMPACTS = (
    "impact_services",
    "impact_data",
    "impact_interfaces",
    "impact_documents",
    "impact_users",
)


class Analysis(Tracked):
    """What a change is about and touches, which ways there were, and what it takes."""

    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="analysis"
    )
    kind = models.CharField(_("kind"), max_length=11, choices=RequestKind, blank=True)
    kind_decided_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    kind_decided_at = models.DateTimeField(null=True, editable=False)
    reproduced = models.CharField(
        _("reproduced"), max_length=14, choices=Reproduced, blank=True
    )
    reproduced_how = models.TextField(_("how, or why not"), max_length=3000, blank=True)
    impact_services = models.TextField(_("impact on services"), max_length=3000, blank=True)
    impact_data = models.TextField(_("impact on data"), max_length=3000, blank=True)
    impact_interfaces = models.TextField(_("impact on interfaces"), max_length=3000, blank=True)
    impact_documents = models.TextField(_("impact on documents"), max_length=3000, blank=True)
    impact_users = models.TextField(_("impact on users"), max_length=3000, blank=True)
    options = models.TextField(_("options considered"), max_length=5000, blank=True)
    # What it costs to leave it; the counterpart of the risk of doing it.
    delay_cost = models.PositiveSmallIntegerField(
        _("if it is not done"), null=True, blank=True, choices=Weight
    )
    effort_hours = models.DecimalField(
        _("effort (hours)"),
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    effort_points = models.PositiveSmallIntegerField(
        _("effort (points)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    # How often it was saved: who saves again names the one they had before them.
    edits = models.PositiveIntegerField(default=0, editable=False)
    analysed_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    analysed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = _("analyses")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="", kind_decided_at__isnull=True)
                | Q(kind__in=RequestKind.values, kind_decided_at__isnull=False),
                name="analysis_kind_iff_decided",
            ),
            models.CheckConstraint(
                condition=Q(reproduced__in=["", *Reproduced.values]),
                name="analysis_reproduced_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.request)

    @property
    def says_impact(self) -> bool:
        return any(getattr(self, name).strip() for name in IMPACTS)


def analysis_of(request: MaintenanceRequest) -> Analysis:
    """Return the analysis; an empty one that is not saved if nobody has written any."""
    try:
        return request.analysis
    except Analysis.DoesNotExist:
        return Analysis(request=request)
