"""Retrospectives: what went well, what could be improved, and what the team will do."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Team, Tracked, User


class RetrospectiveState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class RetrospectiveQuerySet(models.QuerySet["Retrospective"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        # Said again, because counting drops the model's own order.
        return (
            self.select_related("team", "facilitator")
            .annotate(card_count=models.Count("cards"))
            .order_by("-held_on", "-pk")
        )


class Retrospective(Tracked):
    """A team looks back on the last two weeks, in the reference's three columns."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=150)
    held_on = models.DateField(_("held on"))
    facilitator = models.ForeignKey(
        User, verbose_name=_("facilitator"), on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=6,
        choices=RetrospectiveState,
        default=RetrospectiveState.OPEN,
        editable=False,
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RetrospectiveQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | Q(state="open", closed_at__isnull=True),
                name="retrospective_closed_iff_closed_at",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:retrospective", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == RetrospectiveState.OPEN

    @property
    def reference(self) -> str:
        """How the action items that were agreed on here name it."""
        return f"retrospective:{self.pk}"


class Column(models.TextChoices):
    WENT_WELL = "went_well", _("What went well?")
    IMPROVE = "improve", _("What could be improved?")


class Card(models.Model):
    """What one person wrote down in a retrospective."""

    retrospective = models.ForeignKey(
        Retrospective, on_delete=models.CASCADE, related_name="cards"
    )
    column = models.CharField(max_length=9, choices=Column)
    text = models.CharField(_("text"), max_length=500)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(column__in=Column.values), name="card_column_known"
            )
        ]

    def __str__(self) -> str:
        return self.text
