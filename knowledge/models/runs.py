"""Runs of runbooks: who works through which revision, step by step."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision
from portal.models import Service, User


class RunbookRunState(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    ABANDONED = "abandoned", _("Abandoned")


class RunbookRunQuerySet(models.QuerySet["RunbookRun"]):
    def visible_to(self, user: User) -> Self:
        """A run shows the words of its runbook: it is for those who may read that."""
        if user.is_administrator:
            return self
        read = Document.objects.visible_to(user).values("pk")
        return self.filter(revision__document__in=read)

    def running(self) -> Self:
        return self.filter(state="running")

    def of(self, document: Document) -> Self:
        return self.filter(revision__document=document)

    def with_list_columns(self) -> Self:
        # The order is said again, because counting drops the model's own.
        return (
            self.select_related("revision__document", "service", "started_by", "finished_by")
            .annotate(
                step_count=models.Count("steps"),
                answered_count=models.Count("steps", filter=~Q(steps__state="pending")),
            )
            .order_by("-started_at", "-pk")
        )


class RunbookRun(models.Model):
    """Somebody works through a runbook, pinned to the revision they began with."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="runs")
    # What it is for, such as "incident:7"; upper floors show it, this one only keeps it.
    reference = models.CharField(max_length=100, blank=True)
    reference_label = models.CharField(max_length=250, blank=True)
    reference_url = models.CharField(max_length=300, blank=True)
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    steps_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        max_length=9, choices=RunbookRunState, default=RunbookRunState.RUNNING, editable=False
    )
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RunbookRunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="run_finished_iff_not_running",
            )
        ]
        indexes = [
            models.Index(fields=["reference"], name="run_by_reference"),
            models.Index(fields=["revision", "-started_at"], name="run_by_revision"),
        ]

    def __str__(self) -> str:
        return f"Run of {self.revision}"

    def get_absolute_url(self) -> str:
        return reverse("knowledge:run", args=[self.pk])


class StepState(models.TextChoices):
    PENDING = "pending", _("To do")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")
    FAILED = "failed", _("Failed")


class RunStep(models.Model):
    """One step of a run, with the words it had when the run began."""

    run = models.ForeignKey(RunbookRun, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    text = models.TextField()
    html = models.TextField()
    # What the step asks for, such as "do", "check" or "decide".
    kind = models.CharField(max_length=10, default="do")
    state = models.CharField(max_length=7, choices=StepState, default=StepState.PENDING)
    note = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="run_step_order_once"),
            models.CheckConstraint(
                condition=Q(state="pending", answered_at__isnull=True)
                | ~Q(state="pending") & Q(answered_at__isnull=False),
                name="run_step_answered_iff_answered_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.title[:60]}"

    @property
    def title(self) -> str:
        """Its first line: what is to be done, without the commands that follow."""
        return self.text.strip().partition("\n")[0].strip()
