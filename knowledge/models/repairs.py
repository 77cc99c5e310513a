"""What runs and readers say is wrong with a document, and whether it helped them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision
from knowledge.models.runs import RunbookRun
from portal.models import User


class RepairReason(models.TextChoices):
    WRONG = "wrong", _("A step is wrong")
    MISSING = "missing", _("A step is missing")
    SKIPPED = "skipped", _("Skipped by several people")
    SLOW = "slow", _("Far slower than usual")


class RepairState(models.TextChoices):
    OPEN = "open", _("Open")
    RESOLVED = "resolved", _("Resolved")
    DISMISSED = "dismissed", _("Dismissed")


OPEN = Q(state="open")


class RepairQuerySet(models.QuerySet["Repair"]):
    def visible_to(self, user: User) -> Self:
        """A repair quotes the document: it is for those who may read that."""
        read = Document.objects.visible_to(user).current()
        return self.filter(document__in=read.values("pk"))

    def open(self) -> Self:
        return self.filter(OPEN)

    def with_list_columns(self) -> Self:
        return self.select_related(
            "document__team", "revision", "run", "reported_by", "closed_by", "resolved_by"
        ).defer("revision__body", "revision__html", "resolved_by__body", "resolved_by__html")


class Repair(models.Model):
    """One line of a document that somebody, or what runs showed, says to put right."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="repairs")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    # The step, by the name that survives renumbering; empty: the document as a whole.
    anchor = models.CharField(max_length=80, blank=True)
    line = models.PositiveIntegerField(default=0)
    quote = models.CharField(max_length=300, blank=True)  # what the line said
    reason = models.CharField(max_length=7, choices=RepairReason)
    what = models.TextField(blank=True)
    run = models.ForeignKey(RunbookRun, null=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=RepairState, default=RepairState.OPEN)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=500, blank=True)
    # The published revision that put it right.
    resolved_by = models.ForeignKey(
        Revision, null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RepairQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=OPEN & Q(closed_at__isnull=True) | ~OPEN & Q(closed_at__isnull=False),
                name="repair_closed_iff_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(close_reason=""),
                name="repair_dismissed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(resolved_by__isnull=False),
                name="repair_resolved_by_a_revision",
            ),
            # What runs show is said once for a step, as long as nobody has dealt with it.
            models.UniqueConstraint(
                fields=["document", "anchor", "reason"],
                condition=OPEN & Q(reason__in=["skipped", "slow"]),
                name="repair_of_runs_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["document", "-opened_at"],
                condition=OPEN,
                name="repair_open",
            ),
            models.Index(fields=["-opened_at", "-id"], name="repair_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.quote or self.document}"

    def get_absolute_url(self) -> str:
        return reverse("knowledge:repair", args=[self.pk])


class HelpfulVote(models.Model):
    """Whether a revision helped somebody; each says it once, and may think again."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_helpful = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "person"], name="helpful_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.revision_id}"
