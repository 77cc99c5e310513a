"""Schedules of another program, uploaded and not yet carried over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Team, User


class ExportKind(models.TextChoices):
    PAGERDUTY = "pagerduty", _("PagerDuty")
    OPSGENIE = "opsgenie", _("Opsgenie")
    GRAFANA = "grafana", _("Grafana OnCall")


class ScheduleDraft(models.Model):
    """An exported file of schedules, kept between its dry run and the carrying over."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("exported from"), max_length=9, choices=ExportKind)
    file_name = models.CharField(max_length=200)
    content = models.TextField()
    # Which of our people is meant: {"what the export calls them": id of a person or null}.
    people = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    carried_over_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ExportKind.values), name="draft_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("operations:schedule-draft", args=[self.pk])
