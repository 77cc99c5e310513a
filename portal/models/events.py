"""What happened, said once; and who still has to react to it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

# Named once: the sealer's index helps only a query that repeats the condition exactly.
UNSEALED = Q(position__isnull=True)


class Event(models.Model):
    """
    Something that happened, said once and never edited.

    The same row is the audit entry, the line on the object's timeline, and the message that
    other apps react to (`portal.events`). Soon after its transaction the sealer gives it a
    `position` in the one order of all events and a `seal` that covers it and all before it
    (`portal.audit`); triggers in the database refuse every other change.
    """

    kind = models.CharField(max_length=64)
    # The log outlives what it speaks of: these point, and hold nothing.
    content_type = models.ForeignKey(
        ContentType, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()
    # What it was about, in words, as it was called then.
    subject_label = models.CharField(max_length=250)
    service = models.ForeignKey(
        "portal.Service",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    actor_label = models.CharField(max_length=150, blank=True)
    data = models.JSONField(default=dict)
    happened_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    position = models.PositiveBigIntegerField(null=True, unique=True, editable=False)
    seal = models.CharField(max_length=64, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=UNSEALED & Q(seal="") | Q(position__isnull=False) & ~Q(seal=""),
                name="event_sealed_iff_in_order",
            ),
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("recorded_at")),
                name="event_recorded_after_it_happened",
            ),
        ]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-id"], name="event_by_subject"),
            models.Index(fields=["service", "-id"], name="event_by_service"),
            models.Index(fields=["kind", "-id"], name="event_by_kind"),
            models.Index(fields=["id"], condition=UNSEALED, name="event_unsealed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Reaction(models.Model):
    """
    That one handler still owes an answer to one event; deleted never, done once.

    Written with the event, so that a lost message or a dead worker delays it only.
    """

    class State(models.TextChoices):
        DUE = "due"
        DONE = "done"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reactions")
    handler = models.CharField(max_length=120)
    state = models.CharField(max_length=4, choices=State, default=State.DUE)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="reaction_once"),
            models.CheckConstraint(
                condition=Q(state="due", done_at__isnull=True)
                | Q(state="done", done_at__isnull=False),
                name="reaction_done_iff_done_at",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="due"), name="reaction_due")
        ]

    def __str__(self) -> str:
        return f"{self.handler} of {self.event_id}"
