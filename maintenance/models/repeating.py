"""What comes again by the clock of a zone: permitted times, and recurring work."""

from __future__ import annotations

from datetime import time, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from maintenance.timing import Frequency, Recurrence
from portal.models import Tracked

MINUTE = timedelta(minutes=1)
LONGEST = 7 * 24 * 60  # minutes of one occurrence
FREQUENCIES = [
    (Frequency.ONCE.value, _("once")),
    (Frequency.DAILY.value, _("every day")),
    (Frequency.WEEKLY.value, _("every week")),
    (Frequency.MONTHLY.value, _("every month")),
]


class Repeating(Tracked):
    """A rule by which something comes again; each time begins by a local clock."""

    frequency = models.CharField(
        _("comes"),
        max_length=7,
        choices=FREQUENCIES,
        default=Frequency.MONTHLY.value,
    )
    interval = models.PositiveSmallIntegerField(
        _("every how many"), default=1, validators=[MinValueValidator(1), MaxValueValidator(52)]
    )
    weekdays = models.JSONField(_("weekdays"), default=list, blank=True)
    # Monthly: 1 to 4 or -1 for the last such weekday; 0 goes by the day of the month.
    nth = models.SmallIntegerField(_("which in the month"), default=0)
    day_of_month = models.SmallIntegerField(_("day of the month"), default=0)
    starts_on = models.DateField(_("first day"))
    until = models.DateField(_("last day"), null=True, blank=True)
    at = models.TimeField(_("from"), default=time(22))
    minutes = models.PositiveIntegerField(
        _("length in minutes"),
        default=240,
        validators=[MinValueValidator(5), MaxValueValidator(LONGEST)],
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    class Meta:
        abstract = True

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(
            frequency=Frequency(self.frequency),
            starts_on=self.starts_on,
            at=self.at,
            zone=self.time_zone,
            length=self.minutes * MINUTE,
            interval=self.interval,
            weekdays=frozenset(self.weekdays),
            nth=self.nth,
            day_of_month=self.day_of_month,
            until=self.until,
        )
