"""When a team's sprints begin and how long they are: what is due in the next is due then."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from operations.sprints import Sprints
from portal.models import Team, Tracked

LONGEST = 60  # days


class SprintCalendar(Tracked):
    """The sprints of one team, by the clock of the team's zone."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="+")
    begins_on = models.DateField(
        _("a sprint begins on"), help_text=_("Any one: those before and after follow from it.")
    )
    days = models.PositiveSmallIntegerField(
        _("length in days"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["team"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=LONGEST), name="sprint_length_bounded"
            )
        ]

    def __str__(self) -> str:
        return str(self.team)

    def get_absolute_url(self) -> str:
        return reverse("operations:sprints", args=[self.team.slug])

    @property
    def sprints(self) -> Sprints:
        return Sprints(self.begins_on, self.days, self.team.time_zone)
