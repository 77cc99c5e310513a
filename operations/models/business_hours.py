"""When a service, a team or the house is at work: weekly ranges by a clock on a wall."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from operations.business_hours import Calendar, Unreadable
from portal.models import Service, Team, Tracked
from portal.models.people import check_time_zone


def office_hours() -> list[list[Any]]:
    """Monday to Friday, nine to five: `[weekday, from, until]`, Monday is 0."""
    return [[weekday, "09:00", "17:00"] for weekday in range(5)]


class BusinessHours(Tracked):
    """The working hours of one service or one team; of neither, of the whole house."""

    team = models.OneToOneField(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    service = models.OneToOneField(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    # [[weekday, "09:00", "17:00"], ...]; a range that ends before it begins crosses midnight.
    ranges = models.JSONField(_("hours"), default=office_hours)
    # [[first, last, "09:00", "17:00"], ...]: open on these days of a month too; -1 is its last.
    monthly = models.JSONField(_("days of the month"), default=list, blank=True)
    # As the package holidays calls them: "DE" and "BE"; empty means no public holidays.
    country = models.CharField(_("holidays of"), max_length=2, blank=True)
    subdivision = models.CharField(_("part of the country"), max_length=6, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "business hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(service__isnull=True),
                name="hours_of_a_team_or_a_service",
            ),
            models.UniqueConstraint(
                models.F("is_demo"),
                condition=Q(team__isnull=True, service__isnull=True, is_demo=False),
                name="hours_of_the_house_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.service or self.team or _("The house"))

    def get_absolute_url(self) -> str:
        return reverse("operations:business-hours-edit", args=[self.pk])

    def clean(self) -> None:
        try:
            Calendar.read(self.as_data())
        except Unreadable as error:
            raise ValidationError({error.field: str(error)}) from error

    def as_data(self) -> dict[str, Any]:
        """What `Calendar.read` reads, and what an escalation keeps a copy of."""
        return {
            "zone": self.time_zone,
            "ranges": self.ranges,
            "monthly": self.monthly,
            "country": self.country,
            "subdivision": self.subdivision,
        }
