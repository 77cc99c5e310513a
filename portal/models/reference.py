"""What the reference demands of the whole portal: improvement targets and the rules."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.tracked import Tracked


class ImprovementTarget(Tracked):
    """A figure that the team wants to reach, such as an availability of 99.9 per cent."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", _("at least")
        BELOW = "below", _("below")

    key = models.SlugField(unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    definition = models.TextField(_("definition"), max_length=1000)
    comparison = models.CharField(_("comparison"), max_length=8, choices=Comparison)
    value = models.DecimalField(_("target"), max_digits=12, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=30)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(comparison__in=["at_least", "below"]),
                name="target_comparison_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PracticeKind(models.TextChoices):
    ALWAYS = "always", _("Always do")
    NEVER = "never", _("Never do")
    SUCCESS = "success", _("Success criterion")


class PracticeRule(Tracked):
    """One of the things that this team always does, or never does."""

    key = models.SlugField(unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=7, choices=PracticeKind)
    text = models.CharField(_("rule"), max_length=200)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["always", "never", "success"]), name="rule_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.text
