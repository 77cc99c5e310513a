"""Who is on call: schedules of layers that rotate, and what is said about single times."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Team, Tracked, User
from portal.models.people import check_time_zone

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
IN_USE = Q(retired_at=None)
MOST_HOURS = 24  # times of the day, in one layer


class RotationKind(models.TextChoices):
    HOURLY = "hourly", _("hours")
    DAILY = "daily", _("days")
    WEEKLY = "weekly", _("weeks")
    MONTHLY = "monthly", _("months")
    CALENDAR = "calendar", _("an imported calendar")


ROTATION_NAMES = {
    RotationKind.HOURLY: "Hourly rotation",
    RotationKind.DAILY: "Daily rotation",
    RotationKind.WEEKLY: "Weekly rotation",
    RotationKind.MONTHLY: "Monthly rotation",
    RotationKind.CALENDAR: "Imported calendar",
}


class HolidayRule(models.TextChoices):
    IGNORED = "", _("Public holidays are days like others")
    EXCEPT = "except", _("Not on public holidays")
    ONLY = "only", _("Only on public holidays")


class OverrideKind(models.TextChoices):
    REPLACE = "replace", _("takes over")
    ADD = "add", _("is on call as well")
    REMOVE = "remove", _("is not on call")


def check_weekdays(value: object) -> None:
    """Take a list of days of the week, 0 for Monday; an empty one means every day."""
    ok = isinstance(value, list) and all(type(day) is int and 0 <= day <= 6 for day in value)
    if not ok:
        raise ValidationError(_("Give days of the week as numbers, 0 for Monday."), "weekdays")


def check_hours(value: Any) -> None:
    """Take `[{"from": "18:00", "until": "08:00"}]`; an empty list means all day."""
    try:
        for hours in value if isinstance(value, list) else [value]:
            time.fromisoformat(hours["from"])
            time.fromisoformat(hours["until"])
    except (KeyError, TypeError, ValueError) as error:
        sentence = _("Give times as a list of objects with “from” and “until”, such as 18:00.")
        raise ValidationError(sentence, "hours") from error
    if len(value) > MOST_HOURS:
        raise ValidationError(_("These are too many times of the day."), "too_many")


class Schedule(Tracked):
    """Says who is on call for a team at any instant, by the wall clock of one time zone."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    # Answers for the team where only the team is named.
    is_default = models.BooleanField(_("answers for the team"), default=False)
    # What lies before is history and answered from `PastShift`; None: nothing is kept yet.
    frozen_until = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["team", "-is_default", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_default=True),
                name="schedule_one_answers_for_the_team",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | IN_USE, name="schedule_default_is_in_use"
            ),
        ]

    def __str__(self) -> str:
        if self.name:
            return f"{self.name} ({self.team})"
        return f"On call for {self.team}"

    def get_absolute_url(self) -> str:
        return reverse("operations:schedule", args=[self.pk])

    @property
    def title(self) -> str:
        """The name within the team."""
        return self.name or str(_("On call"))


class Layer(Tracked):
    """
    A rotation within a schedule.

    Of several layers, the highest priority that has somebody decides; equal ones add up.
    Lengths are `interval` of `rotation`; turns are counted from `starts_on`.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="layers")
    name = models.CharField(_("name"), max_length=100, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)
    rotation = models.CharField(
        _("rotates by"), max_length=8, choices=RotationKind, default=RotationKind.WEEKLY
    )
    interval = models.PositiveSmallIntegerField(
        _("each turn lasts"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
    )
    # The first turn; of weeks, the one that holds this day.
    starts_on = models.DateField(_("first turn begins"))
    handoff_time = models.TimeField(_("hand-over time"), default=time(9))
    handoff_weekday = models.PositiveSmallIntegerField(
        _("hand-over day"), choices=WEEKDAYS, default=0
    )
    weekdays = models.JSONField(
        _("days of the week"), default=list, blank=True, validators=[check_weekdays]
    )
    hours = models.JSONField(
        _("hours of the day"), default=list, blank=True, validators=[check_hours]
    )
    holiday_rule = models.CharField(
        _("public holidays"), max_length=6, choices=HolidayRule, blank=True, default=""
    )
    holiday_country = models.CharField(_("country"), max_length=6, blank=True)
    holiday_subdivision = models.CharField(_("region"), max_length=12, blank=True)
    # Outside of these the layer has nobody; turns are counted all the same.
    valid_from = models.DateTimeField(_("in force from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("in force until"), null=True, blank=True)

    class Meta:
        ordering = ["-priority", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rotation__in=RotationKind.values), name="layer_rotation_known"
            ),
            models.CheckConstraint(condition=Q(interval__gte=1), name="layer_interval_counts"),
            models.CheckConstraint(
                condition=Q(handoff_weekday__lte=6), name="layer_weekday_known"
            ),
            models.CheckConstraint(
                condition=Q(holiday_rule__in=HolidayRule.values), name="layer_holidays_known"
            ),
            models.CheckConstraint(
                condition=Q(holiday_rule="") | ~Q(holiday_country=""),
                name="layer_holidays_of_a_country",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gt=F("valid_from")),
                name="layer_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name or ROTATION_NAMES[RotationKind(self.rotation)]


class Participant(Tracked):
    """A person's place in a layer's rotation; those of one place are on call together."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "order", "person"], name="participant_once_in_a_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.person}"


class Override(Tracked):
    """
    What holds instead of the rotation for a while: `[starts_at, ends_at)`.

    Of a layer, or of the whole schedule. Of two that contradict, the later said wins.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    layer = models.ForeignKey(
        Layer, null=True, blank=True, on_delete=models.CASCADE, related_name="overrides"
    )
    kind = models.CharField(
        _("what"), max_length=7, choices=OverrideKind, default=OverrideKind.REPLACE
    )
    # None only where everybody is removed.
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Whose place is taken; None: everybody's.
    replaces = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OverrideKind.values), name="override_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="remove") | Q(person__isnull=False),
                name="override_names_somebody",
            ),
            models.CheckConstraint(
                condition=Q(kind="replace") | Q(replaces=None),
                name="override_replaces_only_when_taking_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or 'Nobody'} from {self.starts_at:%Y-%m-%d %H:%M}"
