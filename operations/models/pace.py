"""Sustainable pace: the limits, hours that people enter, warnings, and who looked at whom."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.load.limits import Limits
from portal.models import Team, Tracked, User

WEEK_HOURS = 168
LOOKS_LAST = timedelta(days=1)


def _between(low: int, high: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class PaceSettings(Tracked):
    """The limits that load is measured against; one row, by default those of the playbook."""

    incidents = models.PositiveSmallIntegerField(
        _("incidents within 12 hours, at most"), default=2, validators=_between(1, 100)
    )
    on_call_percent = models.PositiveSmallIntegerField(
        _("share of time on call, at most (%)"), default=25, validators=_between(1, 100)
    )
    operational_percent = models.PositiveSmallIntegerField(
        _("share of operational work, at most (%)"), default=50, validators=_between(1, 100)
    )
    target_hours = models.PositiveSmallIntegerField(
        _("working hours of a week"), default=40, validators=_between(1, WEEK_HOURS)
    )
    warn_hours = models.PositiveSmallIntegerField(
        _("too many, two weeks running, above (hours)"),
        default=48,
        validators=_between(1, WEEK_HOURS),
    )
    alarm_hours = models.PositiveSmallIntegerField(
        _("far too many, in one week, from (hours)"),
        default=55,
        validators=_between(1, WEEK_HOURS),
    )
    rest_hours = models.PositiveSmallIntegerField(
        _("rest after a night page (hours)"), default=11, validators=_between(1, 48)
    )
    weeks_running = models.PositiveSmallIntegerField(
        _("weeks on call one after another, at most"), default=2, validators=_between(1, 52)
    )
    balanced_percent = models.PositiveSmallIntegerField(
        _("a team is balanced from (%)"), default=95, validators=_between(1, 100)
    )
    lead_after_days = models.PositiveSmallIntegerField(
        _("managers hear of an open warning after (days)"),
        default=3,
        validators=_between(1, 60),
    )

    class Meta:
        verbose_name_plural = "pace settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    target_hours__lte=F("warn_hours"), warn_hours__lte=F("alarm_hours")
                ),
                name="pace_hours_in_order",
                violation_error_message=_(
                    "The hours of a week must rise: target, too many, far too many."
                ),
            )
        ]

    def __str__(self) -> str:
        return str(_("Sustainable pace"))

    @property
    def limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in Limits._fields})


class WeeklyHours(Tracked):
    """Hours that somebody worked in the week from a Monday; entered by themselves, or not."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    monday = models.DateField(_("week from"))
    hours = models.DecimalField(
        _("hours worked"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(WEEK_HOURS))],
    )
    operational = models.DecimalField(
        _("of these, operational work"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(WEEK_HOURS))],
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-monday"]
        verbose_name_plural = "weekly hours"
        constraints = [
            models.UniqueConstraint(fields=["person", "monday"], name="weekly_hours_once"),
            models.CheckConstraint(
                condition=Q(hours__gte=0, hours__lte=WEEK_HOURS), name="weekly_hours_of_a_week"
            ),
            models.CheckConstraint(
                condition=Q(operational=None)
                | Q(operational__gte=0, operational__lte=F("hours")),
                name="weekly_hours_operational_within",
                violation_error_message=_(
                    "Operational work cannot be more than all hours of the week."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, week from {self.monday:%Y-%m-%d}"


class LoadLookQuerySet(models.QuerySet["LoadLook"]):
    def visible_to(self, user: User) -> Self:
        """Those by this person, and those at this person."""
        if not user.may_look:
            return self.none()
        at_me = LoadLook.people.through.objects.filter(user=user).values("loadlook")
        return self.filter(Q(looker=user) | Q(pk__in=at_me))

    def with_list_columns(self) -> Self:
        return self.select_related("looker", "team")


class LoadLook(models.Model):
    """A manager looks at the load of single people, says why, and they can read of it."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    looker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    people = models.ManyToManyField(User, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=300)
    period = models.CharField(max_length=7)
    first = models.DateField()
    after = models.DateField()
    looked_at = models.DateTimeField(default=timezone.now, editable=False)
    ends_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False, editable=False)

    objects = LoadLookQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(purpose=""), name="look_has_a_purpose"),
            models.CheckConstraint(
                condition=Q(after__gt=F("first")), name="look_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["looker", "-id"], name="look_by_looker")]

    def __str__(self) -> str:
        return f"Load of {self.team}, {self.first:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("operations:pace-look", args=[self.pk])


class WarningKind(models.TextChoices):
    REST = "rest", _("Woken at night")
    INCIDENTS = "incidents", _("Too many incidents in a shift")
    ON_CALL = "on_call", _("On call too much of the time")
    OPERATIONAL = "operational", _("Too much operational work")
    TWO_WEEKS = "two_weeks", _("Long hours, two weeks running")
    HOURS = "hours", _("Far too many hours in a week")
    RUNNING = "running", _("On call too many weeks running")


OPEN_WARNING = Q(settled_at=None, gone_at=None)


class PaceWarningQuerySet(models.QuerySet["PaceWarning"]):
    def open(self) -> Self:
        return self.filter(OPEN_WARNING)

    def of(self, user: User) -> Self:
        """One's own: nobody reads those of others."""
        return self.filter(person=user) if user.may_look else self.none()


class PaceWarning(models.Model):
    """
    A limit that somebody's load has passed: told to them at once, and to nobody else.

    Still open at `due_at`, their managers are told that there is one, without the name.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=11, choices=WarningKind)
    # The night, shift, week or month that it is about; found again, it is the same warning.
    about = models.DateTimeField()
    ends_at = models.DateTimeField()
    value = models.FloatField()
    limit = models.FloatField()
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField()
    told_lead_at = models.DateTimeField(null=True, editable=False)
    settled_at = models.DateTimeField(null=True, editable=False)
    note = models.CharField(max_length=200, blank=True)
    gone_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = PaceWarningQuerySet.as_manager()

    class Meta:
        ordering = ["-about", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "about"], name="pace_warning_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=WarningKind.values), name="pace_warning_kind_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=OPEN_WARNING & Q(told_lead_at=None),
                name="pace_warning_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.about:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("operations:pace")
