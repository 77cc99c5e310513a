"""Passing on what is still going on when a shift ends."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User


class HandoverState(models.TextChoices):
    OFFERED = "offered", _("Waiting to be accepted")
    ACCEPTED = "accepted", _("Accepted")


HANDOVER_TRANSITIONS: dict[HandoverState, set[HandoverState]] = {
    HandoverState.OFFERED: {HandoverState.ACCEPTED},
    HandoverState.ACCEPTED: set(),
}
OFFERED = Q(state=HandoverState.OFFERED)


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def offered(self) -> Self:
        return self.filter(OFFERED)

    def with_list_columns(self) -> Self:
        return self.select_related("schedule__team", "leaver", "taker", "accepted_by")


class Handover(Tracked):
    """
    What somebody passes on at the end of a shift, and whether the next one took it.

    New pages follow the schedule whatever stands here; what the leaver holds stays theirs
    until it is accepted.
    """

    schedule = models.ForeignKey(
        "operations.Schedule", on_delete=models.CASCADE, related_name="+"
    )
    leaver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # The next on call; None when nobody comes within a week.
    taker = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    shift_ended_at = models.DateTimeField()
    notes = models.TextField(_("notes"), blank=True, max_length=5000)
    state = models.CharField(
        max_length=8, choices=HandoverState, default=HandoverState.OFFERED, editable=False
    )
    offered_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the taker is reminded next, or the managers are told; None once that is over.
    due_at = models.DateTimeField(null=True, editable=False)
    reminder_count = models.PositiveSmallIntegerField(default=0, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-shift_ended_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "leaver", "shift_ended_at"], name="handover_once_per_shift"
            ),
            models.CheckConstraint(
                condition=Q(state__in=HandoverState.values), name="handover_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="offered", accepted_at=None, accepted_by=None)
                | Q(state="accepted", accepted_at__isnull=False, accepted_by__isnull=False),
                name="handover_accepted_iff_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=OFFERED, name="handover_due")]

    def __str__(self) -> str:
        return f"{self.leaver}, shift until {self.shift_ended_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("operations:handover", args=[self.pk])


class HandoverItem(models.Model):
    """One thing that was going on at the offer: its words then, and where to find it."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=40)  # "incident", "silence", "window", "action", …
    reference = models.CharField(max_length=60)  # "incident:7", for whoever contributed it
    text = models.CharField(max_length=300)
    note = models.CharField(max_length=200, blank=True)  # such as when it ends
    url = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "reference"], name="handover_item_once")
        ]

    def __str__(self) -> str:
        return self.text


class ShiftWatch(models.Model):
    """When the next shift of a schedule ends, so that its hand-over is offered then."""

    schedule = models.OneToOneField(
        "operations.Schedule", on_delete=models.CASCADE, related_name="+"
    )
    looked_at = models.DateTimeField()  # what ended before has been offered
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["due_at"]

    def __str__(self) -> str:
        return f"Watch of schedule {self.schedule_id}"
