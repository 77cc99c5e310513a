"""The service catalogue: what people rely on, who answers for it, and what it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models.people import Team, User
from portal.models.tracked import Tracked


class Tier(models.IntegerChoices):
    ONE = 1, _("Tier 1: the business stops without it")
    TWO = 2, _("Tier 2: important")
    THREE = 3, _("Tier 3: can wait a day")


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def current(self) -> Self:
        return self.filter(retired_at=None)

    def with_list_columns(self) -> Self:
        return self.select_related("team")


class Service(Tracked):
    """Something that people rely on and that a team answers for."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), unique=True)
    team = models.ForeignKey(
        Team, verbose_name=_("owner team"), on_delete=models.PROTECT, related_name="+"
    )
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier, default=Tier.TWO)
    description = models.TextField(_("description"), blank=True, max_length=4000)
    # Per cent of the time over 30 days.
    availability_objective = models.DecimalField(
        _("availability objective"),
        max_digits=6,
        decimal_places=3,
        default=Decimal("99.9"),
        validators=[MinValueValidator(50), MaxValueValidator(100)],
        help_text=_("Per cent of the time, for example 99.9."),
    )
    is_public = models.BooleanField(_("shown on the status page"), default=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__in=Tier.values), name="service_tier_known"
            ),
            models.CheckConstraint(
                condition=Q(availability_objective__gte=50, availability_objective__lte=100),
                name="service_objective_in_per_cent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("service", args=[self.slug])


class ServiceDependency(Tracked):
    """One service that cannot do its work without another; never in a circle."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needed_by")

    class Meta:
        ordering = ["service", "needs"]
        verbose_name_plural = "service dependencies"
        constraints = [
            models.UniqueConstraint(fields=["service", "needs"], name="dependency_once"),
            models.CheckConstraint(
                condition=~Q(service=F("needs")), name="dependency_not_on_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} needs {self.needs}"


class ServiceLink(Tracked):
    """A place elsewhere that belongs to a service: source, dashboard, documentation."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=60)
    url = models.URLField(_("address"), max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label


class ServiceLabel(Tracked):
    """A label that alerts may carry; it names the service an alert belongs to."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(_("label name"), max_length=100)
    value = models.CharField(_("label value"), max_length=200)

    class Meta:
        ordering = ["name", "value"]
        constraints = [
            models.UniqueConstraint(fields=["name", "value"], name="label_names_one_service")
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
