"""Preventive work that comes again: a rule, and the request of each time."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document
from maintenance.models.repeating import Repeating
from maintenance.models.requests import LONGEST, MaintenanceRequest
from maintenance.timing import LAST, Frequency
from portal.models import Service, User

FARTHEST = 90  # days ahead


class RecurringState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class RecurringWorkQuerySet(models.QuerySet["RecurringWork"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def active(self) -> Self:
        return self.filter(state=RecurringState.ACTIVE)

    def with_list_columns(self) -> Self:
        return self.select_related("service__team", "owner")


class RecurringWork(Repeating):
    """
    What is done again and again before anything fails, such as a reindex each month.

    So many days ahead of each time a draft is made with these texts; what was made before the
    rule changed and was touched by a person stays as it is.
    """

    title = models.CharField(_("title"), max_length=200)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    other_services = models.ManyToManyField(
        Service, verbose_name=_("services also touched"), related_name="+", blank=True
    )
    reason = models.TextField(_("why"), max_length=5000)
    plan = models.TextField(_("plan"), max_length=20000, blank=True)
    test_evidence = models.TextField(_("test evidence"), max_length=5000, blank=True)
    rollback_plan = models.TextField(_("rollback plan"), max_length=10000, blank=True)
    prepare_minutes = models.PositiveIntegerField(
        _("preparation (minutes)"), default=0, validators=[MaxValueValidator(LONGEST)]
    )
    rollback_minutes = models.PositiveIntegerField(
        _("time to roll back (minutes)"), default=0, validators=[MaxValueValidator(LONGEST)]
    )
    announces = models.BooleanField(
        _("announce it on the status page, and hold alerts meanwhile"), default=False
    )
    # They take turns by name; nobody is named while it is empty.
    implementers = models.ManyToManyField(
        User, verbose_name=_("who takes turns"), related_name="+", blank=True
    )
    runbook = models.ForeignKey(
        Document,
        verbose_name=_("runbook to update"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lead_days = models.PositiveSmallIntegerField(
        _("days ahead"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(FARTHEST)],
    )
    # In whose name the drafts are made.
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    state = models.CharField(
        max_length=6, choices=RecurringState, default=RecurringState.ACTIVE, editable=False
    )
    # The rule that this one goes on from, with other words or times.
    follows = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RecurringWorkQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RecurringState.values), name="recurring_work_state_known"
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=[each.value for each in Frequency]),
                name="recurring_work_frequency_known",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, interval__gt=0), name="recurring_work_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(nth__gte=LAST, nth__lte=4), name="recurring_work_nth_known"
            ),
            models.CheckConstraint(
                condition=Q(day_of_month__gte=LAST, day_of_month__lte=31),
                name="recurring_work_day_known",
            ),
        ]
        indexes = [models.Index(fields=["title", "id"], name="recurring_work_by_title")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("maintenance:recurring", args=[self.pk])


class RecurringOccurrence(models.Model):
    """One time of recurring work, named for ever by when its rule meant it to begin."""

    work = models.ForeignKey(
        RecurringWork, on_delete=models.PROTECT, related_name="occurrences"
    )
    original_start = models.DateTimeField()
    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="recurrence"
    )
    # Of the plan as the rule wrote it; another one was touched by a person.
    written_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["original_start", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["work", "original_start"], name="recurring_occurrence_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.work}: {self.original_start:%Y-%m-%d %H:%M} UTC"

    def is_as_written(self) -> bool:
        """Whether it is a draft still, and says what the rule wrote."""
        request = self.request
        return request.state == "draft" and request.plan_digest == self.written_digest

    def lies_ahead(self, now: datetime) -> bool:
        return self.original_start > now
