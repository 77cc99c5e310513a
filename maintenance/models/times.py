"""When production may be touched: freezes, permitted times, and who decided otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.models.repeating import Repeating
from maintenance.models.requests import PRODUCTION, MaintenanceRequest
from maintenance.timing import LAST, Frequency, Span
from portal.models import Service, Team, Tracked, User


class FreezeKind(models.TextChoices):
    FREEZE = "freeze", _("Freeze")
    LOCKDOWN = "lockdown", _("Lockdown")


class FreezeState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    ENDED = "ended", _("Ended early")
    DISCARDED = "discarded", _("Discarded")


FREEZE_TRANSITIONS: dict[FreezeState, set[FreezeState]] = {
    FreezeState.DRAFT: {FreezeState.APPROVED, FreezeState.DISCARDED},
    FreezeState.APPROVED: {FreezeState.ENDED, FreezeState.DISCARDED},
    FreezeState.ENDED: set(),
    FreezeState.DISCARDED: set(),
}
# What stands, or stood, in the way of changes.
BINDING = Q(state__in=[FreezeState.APPROVED, FreezeState.ENDED])


Row = TypeVar("Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that hold for some services, or for all."""

    def for_services(self, services: Iterable[int]) -> Self:
        return self.filter(Q(covers_all=True) | Q(services__in=list(services))).distinct()

    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services")


class Scoped(Tracked):
    """Something that holds for some services, or for all of them."""

    covers_all = models.BooleanField(_("all services"), default=False)
    services = models.ManyToManyField(
        Service, verbose_name=_("services"), related_name="+", blank=True
    )

    class Meta:
        abstract = True


class FreezeQuerySet(ScopedQuerySet["Freeze"]):
    def for_services(self, services: Iterable[int]) -> Self:
        """Those that name one of these services, or the team that owns it now, or cover all."""
        wanted = list(services)
        owners = Service.objects.filter(pk__in=wanted).values("team")
        named = Q(services__in=wanted) | Q(teams__in=owners)
        return self.filter(Q(covers_all=True) | named).distinct()

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services", "teams")

    def binding(self) -> Self:
        return self.filter(BINDING)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Those in whose time some of `[start, end)` lies."""
        return self.filter(BINDING, starts_at__lt=end, closes_at__gt=start)

    def ahead(self, now: datetime) -> Self:
        """Drafts, and what is in force or still to come, the next one first."""
        coming = Q(state=FreezeState.DRAFT) | BINDING & Q(closes_at__gt=now)
        return self.filter(coming).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        return self.filter(Q(state=FreezeState.DISCARDED) | BINDING & Q(closes_at__lte=now))


class Freeze(Scoped):
    """
    A time in which services must not be changed: planned, or a sudden lockdown.

    A team stands for all services that it owns, also for those that it gets later.
    """

    teams = models.ManyToManyField(
        Team, verbose_name=_("all services of"), related_name="+", blank=True
    )
    # In lower case; none: production only.
    environments = models.JSONField(_("environments"), default=list, blank=True)
    kind = models.CharField(
        _("kind"), max_length=8, choices=FreezeKind, default=FreezeKind.FREEZE
    )
    name = models.CharField(_("name"), max_length=120)
    reason = models.TextField(_("why"), max_length=1000)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    # Until when it really stands in the way: the planned end, or the moment it was ended.
    closes_at = models.DateTimeField(editable=False)
    spared_categories = models.JSONField(
        _("categories that may go on"), default=list, blank=True
    )
    spares_p0 = models.BooleanField(_("repairs of P0 may go on"), default=True)
    state = models.CharField(
        max_length=9, choices=FreezeState, default=FreezeState.DRAFT, editable=False
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    approved_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    # A lockdown: when it put on hold what was ready; a freeze never does.
    enforced_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = FreezeQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=FreezeState.values), name="freeze_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FreezeKind.values), name="freeze_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="freeze_ends_after_it_starts",
                violation_error_message=_("A freeze must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__lte=F("ends_at")), name="freeze_closes_by_its_end"
            ),
            models.CheckConstraint(
                condition=BINDING & Q(approved_by__isnull=False, approved_at__isnull=False)
                | ~BINDING,
                name="freeze_binds_only_if_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")),
                name="freeze_approved_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="freeze_newest"),
            models.Index(
                fields=["closes_at", "starts_at"], condition=BINDING, name="freeze_binding"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:freeze", args=[self.pk])

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.closes_at)

    @property
    def covered_services(self) -> models.QuerySet[Service]:
        """The services that it names, and those of the teams that it names."""
        named = Q(pk__in=self.services.values("pk")) | Q(team__in=self.teams.values("pk"))
        return Service.objects.filter(named)

    def stops(self, request: MaintenanceRequest) -> bool:
        """Whether it forbids this work, if it touches what it covers while it is in force."""
        return self.holds_in(request.environment) and not self.spares(request)

    def holds_in(self, environment: str) -> bool:
        return environment.strip().lower() in (self.environments or [PRODUCTION])

    def spares(self, request: MaintenanceRequest) -> bool:
        """Whether work of this kind may go on all the same."""
        is_p0 = request.category == "corrective" and request.priority == 0
        return (self.spares_p0 and is_p0) or request.category in self.spared_categories

    def standing_at(self, now: datetime) -> str:
        """Return `draft`, `discarded`, `upcoming`, `in_force` or `over`."""
        if self.state in {FreezeState.DRAFT, FreezeState.DISCARDED}:
            return self.state
        if self.closes_at <= now:
            return "over"
        return "in_force" if self.starts_at <= now else "upcoming"


class FreezeHold(models.Model):
    """A change that a lockdown put on hold, and when it was let go on."""

    freeze = models.ForeignKey(Freeze, on_delete=models.CASCADE, related_name="holds")
    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="freeze_holds"
    )
    held_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["held_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["freeze", "request"], name="freeze_hold_once")
        ]
        indexes = [
            models.Index(
                fields=["request"], condition=Q(released_at__isnull=True), name="freeze_hold_on"
            )
        ]

    def __str__(self) -> str:
        return f"{self.freeze}: {self.request}"


class ChangeWindowQuerySet(ScopedQuerySet["ChangeWindow"]):
    def in_use(self) -> Self:
        return self.filter(retired_at=None)


class ChangeWindow(Repeating, Scoped):
    """
    A permitted time that comes again, such as the monthly maintenance window.

    Services that have any are changed within them only; services that have none, at any time.
    """

    name = models.CharField(_("name"), max_length=120)
    retired_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ChangeWindowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(frequency__in=[each.value for each in Frequency]),
                name="change_window_frequency_known",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, interval__gt=0), name="change_window_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(nth__gte=LAST, nth__lte=4), name="change_window_nth_known"
            ),
            models.CheckConstraint(
                condition=Q(day_of_month__gte=LAST, day_of_month__lte=31),
                name="change_window_day_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:change-window", args=[self.pk])


class OverrideOf(models.TextChoices):
    FREEZE = "freeze", _("A freeze")
    WINDOWS = "windows", _("The permitted times")


class TimeOverride(models.Model):
    """A manager's word that one exact plan may go ahead in a time that is closed to it."""

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.PROTECT, related_name="time_overrides"
    )
    of = models.CharField(max_length=7, choices=OverrideOf)
    freeze = models.ForeignKey(Freeze, null=True, on_delete=models.PROTECT, related_name="+")
    plan_digest = models.CharField(max_length=64)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=1000)
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(of=OverrideOf.FREEZE, freeze__isnull=False)
                | Q(of=OverrideOf.WINDOWS, freeze__isnull=True),
                name="time_override_names_its_freeze",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="time_override_has_a_reason"),
            models.UniqueConstraint(
                fields=["request", "plan_digest", "freeze"],
                condition=Q(of="freeze"),
                name="time_override_once_per_freeze",
            ),
            models.UniqueConstraint(
                fields=["request", "plan_digest"],
                condition=Q(of="windows"),
                name="time_override_once_of_windows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_of_display()}"
