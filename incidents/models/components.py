"""The public status page: its components, what was declared of them, and what they showed."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident, StatusUpdate
from portal.models import Service, Tracked, User


class ComponentState(models.TextChoices):
    """The words that other status pages use; the best first."""

    OPERATIONAL = "operational", _("Operational")
    UNDER_MAINTENANCE = "under_maintenance", _("Under maintenance")
    DEGRADED = "degraded_performance", _("Degraded performance")
    PARTIAL_OUTAGE = "partial_outage", _("Partial outage")
    MAJOR_OUTAGE = "major_outage", _("Major outage")


class Impact(models.TextChoices):
    """How bad an incident is for the public."""

    NONE = "none", _("None")
    MINOR = "minor", _("Minor")
    MAJOR = "major", _("Major")
    CRITICAL = "critical", _("Critical")


class Follows(models.TextChoices):
    """What besides people's declarations decides what a component shows."""

    INCIDENTS = "incidents", _("Incidents of its service, by severity")
    ALERTS = "alerts", _("Incidents and firing alerts of its service")
    PEOPLE = "people", _("Only what people declare")


class ComponentGroup(Tracked):
    """Components that belong together on the status page."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:status-group", args=[self.pk])


# Named once: a component of a service that is not for the public is not either.
OPEN_TO_ALL = Q(is_public=True) & (
    Q(service__isnull=True) | Q(service__is_public=True, service__retired_at__isnull=True)
)


class ComponentQuerySet(models.QuerySet["StatusComponent"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def current(self) -> Self:
        return self.filter(retired_at=None)

    def for_the_public(self) -> Self:
        """Those that anybody may know of; the one place that decides it."""
        return self.current().filter(OPEN_TO_ALL)

    def in_order(self) -> Self:
        """As the page lists them: those without a group first, then group by group."""
        return self.select_related("group", "service").order_by(
            F("group__order").asc(nulls_first=True), "group__name", "order", "name"
        )


class StatusComponent(Tracked):
    """Something whose state the status page shows, in words that its readers know."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.CharField(
        _("short name"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\Z",
                _("Only lower-case letters, digits and hyphens."),
            )
        ],
        help_text=_("Stands in addresses, badges and for programs; it stays."),
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    group = models.ForeignKey(
        ComponentGroup,
        verbose_name=_("group"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="components",
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    follows = models.CharField(
        _("follows"), max_length=9, choices=Follows, default=Follows.INCIDENTS
    )
    is_public = models.BooleanField(
        _("for everybody"),
        default=True,
        help_text=_("Otherwise only for who is signed in or has the private address."),
    )
    # Before this nobody knows how it was.
    known_since = models.DateTimeField(default=timezone.now, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        ordering = ["order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(follows__in=Follows.values), name="component_follows_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:status-component", args=[self.pk])

    @property
    def is_open_to_all(self) -> bool:
        service = self.service
        kept_in = service is not None and (not service.is_public or service.retired_at)
        return self.is_public and self.retired_at is None and not kept_in


class AffectedComponent(models.Model):
    """What people declared of a component for an incident; it counts while that is open."""

    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="affected_components"
    )
    component = models.ForeignKey(StatusComponent, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=ComponentState)
    # The worst that was declared so far; the impact of an incident that is over.
    worst = models.CharField(max_length=20, choices=ComponentState)
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["component__order", "component__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "component"], name="affected_component_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ComponentState.values)
                & Q(worst__in=ComponentState.values),
                name="affected_component_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component}: {self.get_state_display()}"


class UpdateComponent(models.Model):
    """What a status update said of a component; never edited, like its update."""

    update = models.ForeignKey(
        StatusUpdate, on_delete=models.CASCADE, related_name="components"
    )
    component = models.ForeignKey(StatusComponent, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=ComponentState)

    class Meta:
        ordering = ["component__order", "component__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["update", "component"], name="update_component_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ComponentState.values), name="update_component_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component}: {self.get_state_display()}"


class PublicImpact(Tracked):
    """How bad an incident is for the public, where a person judges otherwise than we do."""

    incident = models.OneToOneField(
        Incident, on_delete=models.CASCADE, related_name="public_impact"
    )
    impact = models.CharField(_("impact"), max_length=8, choices=Impact)
    reason = models.CharField(_("why"), max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(impact__in=Impact.values), name="public_impact_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="public_impact_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.get_impact_display()


class OverrideQuerySet(models.QuerySet["StateOverride"]):
    def running_at(self, now: datetime) -> Self:
        return self.filter(ended_at=None, ends_at__gt=now)


class StateOverride(Tracked):
    """A state that a person has a component show for a while, whatever is known of it."""

    component = models.ForeignKey(
        StatusComponent, on_delete=models.CASCADE, related_name="overrides"
    )
    state = models.CharField(_("state"), max_length=20, choices=ComponentState)
    reason = models.CharField(_("why"), max_length=300)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(_("until"))
    # When somebody, or the next one, ended it before.
    ended_at = models.DateTimeField(null=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ComponentState.values), name="state_override_state_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="state_override_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("started_at")),
                name="state_override_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["component"],
                condition=Q(ended_at__isnull=True),
                name="state_override_one_per_component",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component}: {self.get_state_display()}"

    @property
    def over_at(self) -> datetime:
        return min(self.ended_at or self.ends_at, self.ends_at)


class SpanQuerySet(models.QuerySet["ComponentSpan"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)

    def since(self, moment: datetime) -> Self:
        """Those of which some part lies after this moment, in order."""
        still = Q(ended_at__isnull=True) | Q(ended_at__gt=moment)
        return self.filter(still).order_by("component_id", "started_at", "pk")


class ComponentSpan(models.Model):
    """A stretch of time in which a component showed one state: `[started_at, ended_at)`."""

    component = models.ForeignKey(
        StatusComponent, on_delete=models.CASCADE, related_name="spans"
    )
    state = models.CharField(max_length=20, choices=ComponentState)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = SpanQuerySet.as_manager()

    class Meta:
        ordering = ["component_id", "started_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ComponentState.values), name="span_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at")),
                name="span_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["component"],
                condition=Q(ended_at__isnull=True),
                name="span_one_running_per_component",
            ),
        ]
        indexes = [
            models.Index(fields=["component", "started_at"], name="span_by_component"),
        ]

    def __str__(self) -> str:
        return f"{self.component_id}: {self.state}"
