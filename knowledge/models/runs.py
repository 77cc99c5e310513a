"""Runs of runbooks: who works through which revision, step by step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.hidden_runs import runs_hidden_from
from knowledge.models.documents import Document, Revision
from portal.models import Service, User

LONGEST_OUTPUT = 20_000  # characters of what was pasted


class RunbookRunState(models.TextChoices):
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    ABANDONED = "abandoned", _("Abandoned")


class RunbookRunQuerySet(models.QuerySet["RunbookRun"]):
    def visible_to(self, user: User) -> Self:
        """A run shows the words of its runbook, and what it is for: for who may read both."""
        if user.is_administrator:
            return self
        read = Document.objects.visible_to(user).values("pk")
        rows = self.filter(revision__document__in=read)
        for hidden in runs_hidden_from(user):
            rows = rows.exclude(hidden)
        return rows

    def of_open_documents(self) -> Self:
        """Those of runbooks that everybody with access may read."""
        return self.filter(revision__document__in=Document.objects.open_to_all().values("pk"))

    def running(self) -> Self:
        return self.filter(state="running")

    def of(self, document: Document) -> Self:
        return self.filter(revision__document=document)

    def with_list_columns(self) -> Self:
        # The order is said again, because counting drops the model's own.
        return (
            self.select_related(
                "revision__document", "service", "started_by", "finished_by", "lead"
            )
            .annotate(
                step_count=models.Count("steps"),
                answered_count=models.Count("steps", filter=~OPEN_STEPS),
            )
            .order_by("-started_at", "-pk")
        )


OPEN_STEPS = Q(steps__state__in=["pending", "active"])


class RunbookRun(models.Model):
    """Somebody works through a runbook, pinned to the revision they began with."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="runs")
    # What it is for, such as "incident:7"; upper floors show it, this one only keeps it.
    reference = models.CharField(max_length=100, blank=True)
    reference_label = models.CharField(max_length=250, blank=True)
    reference_url = models.CharField(max_length=300, blank=True)
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    steps_hash = models.CharField(max_length=64, editable=False)
    # What the commands are filled with, by name; never what is declared secret.
    variables = models.JSONField(default=dict, blank=True)
    # The run that this one goes on with, by a newer revision.
    continues = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="continued_by"
    )
    state = models.CharField(
        max_length=9, choices=RunbookRunState, default=RunbookRunState.RUNNING, editable=False
    )
    lead = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    # How it ended, in words.
    summary = models.TextField(blank=True, editable=False)
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, editable=False)
    # Grows with everything that happens to it, for the pages that show it.
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RunbookRunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="run_finished_iff_not_running",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(state="running"),
                name="run_paused_only_while_running",
            ),
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
    ACTIVE = "active", _("Under way")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")
    FAILED = "failed", _("Failed")
    NOT_APPLICABLE = "not_applicable", _("Does not apply")


# A step that waits for its answer.
OPEN_STATES = (StepState.PENDING, StepState.ACTIVE)


class RunStep(models.Model):
    """One step of a run, with the words it had when the run began."""

    run = models.ForeignKey(RunbookRun, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    # Names the step through all revisions that have it, whatever its number there.
    anchor = models.CharField(max_length=80, blank=True)
    line = models.PositiveIntegerField(default=0)  # where it begins in the text, from 1
    part = models.CharField(max_length=20, blank=True)  # such as "resolution"
    text = models.TextField()
    html = models.TextField()
    # What the step asks for, such as "do", "check" or "decide".
    kind = models.CharField(max_length=10, default="do")
    expected = models.CharField(max_length=200, blank=True)
    # Of a decision: [answer, number of the step that follows], 0 for none.
    branches = models.JSONField(default=list, blank=True)
    wait_seconds = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=14, choices=StepState, default=StepState.PENDING)
    began_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1000, blank=True)
    output = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["run", "order"], name="run_step_order_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "active"], answered_at__isnull=True)
                | ~Q(state__in=["pending", "active"]) & Q(answered_at__isnull=False),
                name="run_step_answered_iff_answered_at",
            ),
        ]
        indexes = [models.Index(fields=["anchor", "answered_at"], name="run_step_by_anchor")]

    def __str__(self) -> str:
        return f"{self.order}. {self.title[:60]}"

    @property
    def title(self) -> str:
        """Its first line: what is to be done, without the commands that follow."""
        return self.text.strip().partition("\n")[0].strip()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def ready_at(self) -> Any:
        """When a wait that has begun is over; None where it is over when somebody says so."""
        if self.began_at is None or not self.wait_seconds:
            return None
        return self.began_at + timedelta(seconds=self.wait_seconds)


class RunEntry(models.Model):
    """One thing that somebody said about a step; kept for ever, the newest counts."""

    run = models.ForeignKey(RunbookRun, on_delete=models.CASCADE, related_name="entries")
    step = models.ForeignKey(RunStep, on_delete=models.CASCADE, related_name="entries")
    state = models.CharField(max_length=14, choices=StepState)
    note = models.CharField(max_length=1000, blank=True)
    output = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # What a page without a connection kept: a key that it is known by, and its own clock.
    client_id = models.UUIDField(null=True, unique=True)
    client_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.state}"
