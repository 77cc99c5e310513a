"""Action items: the one tracker for what reviews, retrospectives and people want done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.retrospectives import Retrospective
from portal.models import Membership, Service, Team, Tracked, User

EARLIER_LOOKED_AT = 26  # retrospectives; a year of them


class ActionState(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


ACTION_TRANSITIONS: dict[ActionState, set[ActionState]] = {
    ActionState.OPEN: {ActionState.IN_PROGRESS, ActionState.DONE, ActionState.DROPPED},
    ActionState.IN_PROGRESS: {ActionState.OPEN, ActionState.DONE, ActionState.DROPPED},
    ActionState.DONE: {ActionState.OPEN},
    ActionState.DROPPED: {ActionState.OPEN},
}

UNFINISHED = Q(state__in=[ActionState.OPEN, ActionState.IN_PROGRESS])


class Origin(models.TextChoices):
    REVIEW = "review", _("Post-incident review")
    RETROSPECTIVE = "retrospective", _("Retrospective")
    BY_HAND = "by_hand", _("By hand")


class Priority(models.IntegerChoices):
    HIGH = 1, _("High")
    NORMAL = 2, _("Normal")
    LOW = 3, _("Low")


class ProofKind(models.TextChoices):
    """By what others can see that it worked."""

    CHECK = "check", _("A check that passes")
    DRILL = "drill", _("A drill that succeeded")
    DEPLOYMENT = "deployment", _("A deployment")
    EVIDENCE = "evidence", _("Words and a link")


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def unfinished(self) -> Self:
        return self.filter(UNFINISHED)

    def with_reminder_due(self, now: datetime) -> Self:
        return self.filter(UNFINISHED, remind_at__lte=now)

    def overdue_on(self, day: date) -> Self:
        return self.filter(UNFINISHED, due_on__lt=day)

    def of_team(self, team: Team) -> Self:
        """What concerns its services; of those without a service, what its people own."""
        theirs = Membership.objects.filter(team=team).values("person")
        return self.filter(Q(service__team=team) | Q(service__isnull=True, owner__in=theirs))

    def from_earlier(self, retrospective: Retrospective) -> Self:
        """What the team's retrospectives before this one left unfinished."""
        earlier = Retrospective.objects.filter(team=retrospective.team_id).exclude(
            pk=retrospective.pk
        )
        earlier = earlier.filter(held_on__lte=retrospective.held_on)
        names = [one.reference for one in earlier.order_by("-held_on")[:EARLIER_LOOKED_AT]]
        return self.filter(UNFINISHED, reference__in=names)

    def with_list_columns(self) -> Self:
        return self.select_related("owner", "service")


class ActionItem(Tracked):
    """Something that one person has promised to get done by a day."""

    title = models.CharField(_("what is to be done"), max_length=200)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("due"))
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    verification = models.CharField(
        _("how will we know that it worked"), max_length=500, blank=True
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    origin = models.CharField(max_length=13, choices=Origin, default=Origin.BY_HAND)
    # Where it came from, such as "incident:7"; upper floors resolve it.
    reference = models.CharField(max_length=100, blank=True)
    reference_label = models.CharField(max_length=250, blank=True)
    reference_url = models.CharField(max_length=300, blank=True)
    state = models.CharField(
        max_length=11, choices=ActionState, default=ActionState.OPEN, editable=False
    )
    proof = models.CharField(_("proof that it was done"), max_length=500, blank=True)
    proof_kind = models.CharField(
        max_length=10, choices=ProofKind, default=ProofKind.EVIDENCE, editable=False
    )
    # Such as "deployment:7", where the proof is something that the portal knows.
    proof_reference = models.CharField(max_length=100, blank=True, editable=False)
    proof_url = models.CharField(max_length=500, blank=True, editable=False)
    dropped_reason = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    # When the next reminder is owed; worked out whenever due date or state changes.
    remind_at = models.DateTimeField(null=True, editable=False)
    # Until this day nobody is reminded; the due date stays what it was.
    snoozed_until = models.DateField(null=True, editable=False)
    snooze_reason = models.CharField(max_length=500, blank=True, editable=False)
    postponed_count = models.PositiveSmallIntegerField(default=0, editable=False)
    # Since when the managers know that it is late.
    escalated_at = models.DateTimeField(null=True, editable=False)
    # When what it should have prevented happened again, though it was done.
    recurred_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ActionState.values), name="action_state_known"
            ),
            models.CheckConstraint(
                condition=UNFINISHED & Q(closed_at__isnull=True)
                | ~UNFINISHED & Q(closed_at__isnull=False),
                name="action_closed_iff_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=ActionState.DROPPED) | ~Q(dropped_reason=""),
                name="action_dropped_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=ActionState.DONE) | ~Q(proof=""),
                name="action_done_with_proof",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=Priority.values), name="action_priority_known"
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snooze_reason=""),
                name="action_snoozed_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"], condition=UNFINISHED, name="action_unfinished"
            ),
            models.Index(fields=["owner", "due_on"], name="action_by_owner"),
            models.Index(fields=["reference"], name="action_by_reference"),
            models.Index(fields=["state", "closed_at"], name="action_by_state"),
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="action_remind_at",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:action", args=[self.pk])
