"""Daily operations: thresholds, alert rules, checklists, the log, backups."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Service, Team, Tracked, User


class MetricThreshold(Tracked):
    """
    The normal, warning and critical ranges of a metric (reference, part 1).

    Normal is `v < warning`, warning `warning <= v <= critical`, critical `v > critical`.
    """

    class Family(models.TextChoices):
        APPLICATION = "application", _("Application")
        INFRASTRUCTURE = "infrastructure", _("Infrastructure")

    key = models.SlugField(unique=True, editable=False)
    family = models.CharField(_("family"), max_length=14, choices=Family)
    name = models.CharField(_("metric"), max_length=100)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    normal_from = models.DecimalField(
        _("normal from"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    warning = models.DecimalField(_("warning from"), max_digits=14, decimal_places=4)
    critical = models.DecimalField(_("critical above"), max_digits=14, decimal_places=4)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["family", "order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(critical__gte=F("warning")), name="threshold_critical_above_warning"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def normal_text(self) -> str:
        if self.normal_from is None:
            return f"< {self._with_unit(self.warning)}"
        return f"{_short(self.normal_from)}-{self._with_unit(self.warning)}"

    @property
    def warning_text(self) -> str:
        return f"{_short(self.warning)}-{self._with_unit(self.critical)}"

    @property
    def critical_text(self) -> str:
        return f"> {self._with_unit(self.critical)}"

    def _with_unit(self, value: Decimal) -> str:
        return f"{_short(value)} {self.unit}".strip()


def _short(value: Decimal) -> str:
    """Return “0.1” for 0.1000 and “15,000” for 15000."""
    return f"{value.normalize():,f}"


class AlertRule(Tracked):
    """A condition that pages or only tells (reference, alerts configuration)."""

    class Delivery(models.TextChoices):
        PAGE = "page", _("Critical: page on call")
        TELL = "tell", _("Warning: e-mail or chat")

    key = models.SlugField(unique=True, editable=False)
    name = models.CharField(_("condition"), max_length=150)
    delivery = models.CharField(_("delivery"), max_length=4, choices=Delivery)
    metric = models.ForeignKey(
        MetricThreshold, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    above = models.DecimalField(
        _("above"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    for_minutes = models.PositiveSmallIntegerField(_("for (minutes)"), default=0)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["delivery", "order"]

    def __str__(self) -> str:
        return self.name


class Frequency(models.TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    BY_HAND = "by_hand", _("When needed")


class ChecklistTemplate(Tracked):
    """A list of things to do at a certain time; `items` are sentences, in order."""

    key = models.SlugField(unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    frequency = models.CharField(_("frequency"), max_length=8, choices=Frequency)
    at = models.TimeField(_("at"), default=time(8))
    items = models.JSONField(_("items"), default=list)
    # The time is by this team's clock; None: not started by itself.
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:checklist-template", args=[self.pk])


class RunState(models.TextChoices):
    OPEN = "open", _("To do")
    DONE = "done", _("Done")
    MISSED = "missed", _("Missed")


class ChecklistRunQuerySet(models.QuerySet["ChecklistRun"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("template", "team", "finished_by")


class ChecklistRun(models.Model):
    """One due time of a checklist; a missed one is a record, not an absence."""

    template = models.ForeignKey(
        ChecklistTemplate, on_delete=models.PROTECT, related_name="runs"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=100)
    due_at = models.DateTimeField()
    missed_at = models.DateTimeField()  # from then on it counts as missed
    state = models.CharField(
        max_length=6, choices=RunState, default=RunState.OPEN, editable=False
    )
    finished_at = models.DateTimeField(null=True, editable=False)
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ChecklistRunQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "team", "due_at"], name="checklist_run_once"
            ),
            models.CheckConstraint(
                condition=Q(state=RunState.DONE, finished_at__isnull=False)
                | ~Q(state=RunState.DONE) & Q(finished_at__isnull=True),
                name="checklist_done_iff_finished_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["missed_at"], condition=Q(state="open"), name="checklist_open"
            ),
            models.Index(fields=["team", "-due_at"], name="checklist_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.due_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("operations:checklist", args=[self.pk])


class ChecklistItem(models.Model):
    """One thing to do in a run, as it read when the run began."""

    run = models.ForeignKey(ChecklistRun, on_delete=models.CASCADE, related_name="items")
    order = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="checklist_item_order_once")
        ]

    def __str__(self) -> str:
        return self.text


LATE_AFTER = timedelta(hours=1)  # a line entered later than this says so


class LogEntry(models.Model):
    """A line of the operations log; a correction is a new line that points at the old one."""

    happened_at = models.DateTimeField(default=timezone.now)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField(max_length=4000)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["-happened_at", "-id"], name="log_newest")]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{reverse('operations:log')}#line-{self.pk}"

    @property
    def is_late(self) -> bool:
        """Whether it was entered long after it happened; a correction always is later."""
        return self.corrects_id is None and self.entered_at - self.happened_at > LATE_AFTER


class BackupComponent(Tracked):
    """Something that is backed up: how often, kept how long, proved how (reference, part 1)."""

    key = models.SlugField(unique=True, editable=False)
    name = models.CharField(_("component"), max_length=100)
    frequency = models.CharField(_("frequency"), max_length=60)
    retention = models.CharField(_("retention"), max_length=60)
    verification = models.CharField(_("verification"), max_length=60, blank=True)
    rto_hours = models.PositiveSmallIntegerField(_("RTO (hours)"), default=4)
    rpo_hours = models.PositiveSmallIntegerField(_("RPO (hours)"), default=24)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name
