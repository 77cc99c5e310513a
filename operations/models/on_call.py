"""Who is on call: one weekly rotation for each team, and overrides of it."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Team, Tracked, User


class Schedule(Tracked):
    """A team's weekly rotation, by the wall clock of the team's time zone."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="+")
    # The week of this date is the first participant's.
    starts_on = models.DateField(_("first week begins"))
    handoff_weekday = models.PositiveSmallIntegerField(
        _("hand-over day"),
        choices=[
            (0, _("Monday")),
            (1, _("Tuesday")),
            (2, _("Wednesday")),
            (3, _("Thursday")),
            (4, _("Friday")),
            (5, _("Saturday")),
            (6, _("Sunday")),
        ],
        default=0,
    )
    handoff_time = models.TimeField(_("hand-over time"), default=time(9))
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["team"]
        constraints = [
            models.CheckConstraint(
                condition=Q(handoff_weekday__lte=6), name="schedule_weekday_known"
            )
        ]

    def __str__(self) -> str:
        return f"On call for {self.team}"

    def get_absolute_url(self) -> str:
        return reverse("operations:schedule", args=[self.pk])


class Turn(Tracked):
    """A person's place in the rotation."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="turns")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "order"], name="turn_order_once")
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.person}"


class Override(Tracked):
    """Somebody takes over for a while: `[starts_at, ends_at)`."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} from {self.starts_at:%Y-%m-%d %H:%M}"
