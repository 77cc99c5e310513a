"""How capacity is looked after: what is reviewed when, and what makes us grow."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked


class CapacityKind(models.TextChoices):
    ROUTINE = "routine", _("Routine")
    HORIZONTAL = "horizontal", _("Automatic scaling (more instances)")
    VERTICAL = "vertical", _("Scaling by hand (bigger instances)")


class CapacityRule(Tracked):
    """A capacity review or a scaling trigger: when this holds, that is done (reference)."""

    key = models.SlugField(unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=CapacityKind)
    when = models.CharField(_("when"), max_length=150)
    then = models.CharField(_("then"), max_length=150)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CapacityKind.values), name="capacity_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.when}: {self.then}"
