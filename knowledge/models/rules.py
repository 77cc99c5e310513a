"""The alert rules that monitors work by, as uploaded, and what their links lead to."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User


class RuleFile(models.Model):
    """A file of Prometheus rules; uploaded again under its name, it replaces what it said."""

    name = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    # What could not be read of it, each {"line": 3, "sentence": "…"}.
    problems = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()


class AlertRule(models.Model):
    """One alerting rule of a file."""

    file = models.ForeignKey(RuleFile, on_delete=models.CASCADE, related_name="rules")
    group = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200)
    line = models.PositiveIntegerField(default=0)
    labels = models.JSONField(default=dict)
    summary = models.CharField(max_length=500, blank=True)
    runbook_url = models.CharField(max_length=1000, blank=True)
    # Of all that the rule says; empty where it was uploaded before this was kept.
    digest = models.CharField(max_length=64, blank=True)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        ordering = ["file", "line", "pk"]
        indexes = [models.Index(fields=["name"], name="alert_rule_by_name")]

    def __str__(self) -> str:
        return self.name


class LinkState(models.TextChoices):
    UNCHECKED = "unchecked", _("Not checked yet")
    WORKS = "works", _("Works")
    DEAD = "dead", _("Dead")
    REFUSED = "refused", _("Not checked: the address is private")
    UNKNOWN = "unknown", _("No answer")


class LinkCheck(models.Model):
    """What a link that leaves the house led to, when it was last tried."""

    url = models.CharField(max_length=1000)
    url_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=9, choices=LinkState, default=LinkState.UNCHECKED)
    what = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["url"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="unchecked", checked_at__isnull=True)
                | ~Q(state="unchecked") & Q(checked_at__isnull=False),
                name="link_check_checked_iff_checked_at",
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="link_check_due")]

    def __str__(self) -> str:
        return f"{self.url}: {self.state}"
