"""How a team says what the bodies of its monitor mean, version by version."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from operations.models.alerts import Integration
from portal.models import User


class IntegrationMappingQuerySet(models.QuerySet["IntegrationMapping"]):
    def newest_first(self) -> Self:
        return self.select_related("made_by").order_by("-number")


class IntegrationMapping(models.Model):
    """
    One version of an integration's rules; the highest number holds.

    Rules are written once and never changed: going back is a new version like an old one. Their
    shape is told by the kind of integration, in `operations.formats`.
    """

    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="mappings"
    )
    number = models.PositiveIntegerField()
    rules: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = IntegrationMappingQuerySet.as_manager()

    class Meta:
        ordering = ["integration", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "number"], name="mapping_number_once"
            )
        ]

    def __str__(self) -> str:
        return _("Version %(number)s") % {"number": self.number}
