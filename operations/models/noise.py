"""What keeps alerts from waking people: silences, inhibition and damping; and what is held."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.models.alerts import Alert
from portal.models import Service, Team, Tracked, User
from portal.models.people import check_time_zone


class SilenceKind(models.TextChoices):
    PERSON = "person", _("Until a moment")
    RECURRING = "recurring", _("Weekly, at certain hours")
    MAINTENANCE = "maintenance", _("By a maintenance window")


class Behaviour(models.TextChoices):
    """What becomes of alerts during planned work."""

    HOLD = "hold", _("Hold: nobody is woken")
    ESCALATE = "escalate", _("Escalate: wake people as always")
    ATTACH = "attach", _("Attach: keep them with the work, wake nobody")


class AtEnd(models.TextChoices):
    """What becomes of those that still fire when the hold ends."""

    REPROCESS = "reprocess", _("Wake people for what still fires")
    RESOLVE = "resolve", _("Close what still fires")
    NOTHING = "nothing", _("Do nothing more")


class SilenceQuerySet(models.QuerySet["Silence"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("team", "owner").prefetch_related("services")

    def within_reach_at(self, at: datetime) -> Self:
        """Those whose time is not over at this instant, and has come; weekly hours apart."""
        not_ended = Q(ended_at__isnull=True) | Q(ended_at__gt=at)
        return self.filter(not_ended, starts_at__lte=at, ends_at__gt=at)

    def holding_at(self, at: datetime) -> Self:
        return self.within_reach_at(at).exclude(behaviour=Behaviour.ESCALATE)


class Silence(Tracked):
    """
    An agreement that certain alerts wake nobody for a while: `[starts_at, ends_at)`.

    It holds the alerts that its matchers describe, of its services, of its team; what is left
    empty narrows nothing down. It ends by itself, and its owner hears of it.
    """

    kind = models.CharField(
        _("kind"), max_length=11, choices=SilenceKind, default=SilenceKind.PERSON
    )
    # None: the alerts of all teams, and those of no service; only administrators may.
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    services = models.ManyToManyField(
        Service, verbose_name=_("services"), blank=True, related_name="+"
    )
    # [{"label": "...", "op": "= | != | =~ | !~", "value": "..."}], all of which must hold.
    matchers = models.JSONField(_("matchers"), default=list, blank=True)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300)
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # [{"weekdays": [0, 6], "from": "22:00", "until": "06:00"}], by the clocks of `time_zone`.
    weekly = models.JSONField(_("weekly hours"), default=list, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    behaviour = models.CharField(max_length=8, choices=Behaviour, default=Behaviour.HOLD)
    at_end = models.CharField(
        _("at the end"), max_length=9, choices=AtEnd, default=AtEnd.REPROCESS
    )
    # What of an upper floor made it, such as "window:7".
    reference = models.CharField(max_length=60, blank=True, editable=False)
    # Set when a person ended it early, and when its time was over.
    ended_at = models.DateTimeField(null=True, editable=False)
    # As the last look at it found; who asks whether it holds asks the times and not this.
    is_active = models.BooleanField(default=False, editable=False)
    # When it must be looked at next: it begins, pauses, should be told of, ends.
    due_at = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="silence_ends_after_it_starts",
                violation_error_message=_("A silence must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SilenceKind.values), name="silence_kind_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_a_reason"),
            models.UniqueConstraint(
                fields=["reference"],
                condition=~Q(reference=""),
                name="silence_once_per_reference",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="silence_due"
            ),
            models.Index(fields=["ends_at"], name="silence_by_end"),
            models.Index(fields=["-created_at", "-id"], name="silence_newest"),
        ]

    def __str__(self) -> str:
        return self.reason

    def get_absolute_url(self) -> str:
        return reverse("operations:silence", args=[self.pk])

    @property
    def over_at(self) -> datetime:
        """When it is over for good."""
        return min(self.ends_at, self.ended_at) if self.ended_at else self.ends_at

    def state_at(self, now: datetime) -> str:
        """Return `pending`, `active` or `expired`; weekly hours make no difference."""
        if self.over_at <= now:
            return "expired"
        return "active" if self.starts_at <= now else "pending"


class Inhibition(Tracked):
    """A rule by which a graver alert mutes those that only say the same again."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    source_matchers = models.JSONField(_("while one fires that matches"), default=list)
    target_matchers = models.JSONField(_("mute those that match"), default=list)
    # Names of labels; one that is missing equals an empty one.
    equal = models.JSONField(_("if these labels are equal"), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Something that may matter to it has happened since it was last gone through.
    due_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="inhibition_due"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:inhibition", args=[self.pk])


class HoldKind(models.TextChoices):
    SILENCE = "silence", _("Silence")
    MAINTENANCE = "maintenance", _("Maintenance window")
    INHIBITION = "inhibition", _("Inhibition rule")
    FLAPPING = "flapping", _("Flapping")


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> Self:
        return self.filter(released_at=None)

    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related(
            "alert__service", "alert__integration", "silence", "inhibition"
        )


class Hold(models.Model):
    """One occurrence of an alert that woke nobody, and the rule because of which."""

    class Outcome(models.TextChoices):
        REPROCESSED = "reprocessed", _("still firing, people were woken")
        CLEARED = "cleared", _("cleared meanwhile")
        OTHERWISE = "otherwise", _("still held by another rule")
        CLOSED = "closed", _("closed at the end")
        NOTHING = "nothing", _("left as it was")
        CHANGED = "changed", _("the alert changed and the rule fits no more")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="holds")
    occurrence_started_at = models.DateTimeField()
    severity = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=HoldKind)
    silence = models.ForeignKey(
        Silence, null=True, on_delete=models.PROTECT, related_name="holds"
    )
    inhibition = models.ForeignKey(
        Inhibition, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # What the rule was called then; rules are renamed and taken away.
    rule = models.CharField(max_length=300, blank=True)
    held_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=11, choices=Outcome, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, outcome="")
                | Q(released_at__isnull=False) & ~Q(outcome=""),
                name="hold_released_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=HoldKind.values), name="hold_kind_known"
            ),
            models.UniqueConstraint(
                fields=["alert", "silence"],
                condition=Q(released_at__isnull=True, silence__isnull=False),
                name="hold_once_per_silence",
            ),
            models.UniqueConstraint(
                fields=["alert", "inhibition"],
                condition=Q(released_at__isnull=True, inhibition__isnull=False),
                name="hold_once_per_inhibition",
            ),
            models.UniqueConstraint(
                fields=["alert"],
                condition=Q(released_at__isnull=True, kind="flapping"),
                name="hold_once_by_flapping",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-held_at", "-id"],
                condition=Q(released_at__isnull=True),
                name="hold_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} held by {self.rule}"

    @property
    def rule_url(self) -> str:
        if self.silence_id:
            return reverse("operations:silence", args=[self.silence_id])
        if self.inhibition_id:
            return reverse("operations:inhibition", args=[self.inhibition_id])
        return reverse("operations:noise-settings")


class NoiseSettings(Tracked):
    """When an alert counts as flapping, and when owners of silences are reminded; one row."""

    # Starts and ends of occurrences within the minutes below.
    flap_changes = models.PositiveSmallIntegerField(
        _("changes that make an alert flap"),
        default=5,
        validators=[MinValueValidator(3), MaxValueValidator(1000)],
    )
    flap_minutes = models.PositiveSmallIntegerField(
        _("within (minutes)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("It is quiet again after as many minutes without a change."),
    )
    remind_minutes = models.PositiveSmallIntegerField(
        _("remind the owner of a silence (minutes before its end)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    roll_up_from = models.PositiveSmallIntegerField(
        _("alerts of one service that are released together and page as one, from"),
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
    )

    class Meta:
        verbose_name_plural = "noise settings"

    def __str__(self) -> str:
        return str(_("Noise"))
