"""What two changes at one time may fall out over, how much it matters, and what was found."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.timing import Rules, Weight
from portal.models import Service, Tracked, User

WEIGHTS = [
    (Weight.HARD.value, _("stops the change")),
    (Weight.SOFT.value, _("is only shown")),
    (Weight.OFF.value, _("is not looked for")),
]


class ExclusiveResourceQuerySet(models.QuerySet["ExclusiveResource"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def current(self) -> Self:
        return self.filter(retired_at=None)

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services")


class ExclusiveResource(Tracked):
    """Something that one change at a time has to itself: a laboratory, a pair of balancers."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    note = models.TextField(_("what it is"), max_length=1000, blank=True)
    services = models.ManyToManyField(
        Service, verbose_name=_("services that use it"), related_name="+", blank=True
    )
    retired_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ExclusiveResourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('maintenance:resources')}#resource-{self.pk}"


class ConflictRules(Tracked):
    """How much each kind of conflict matters; one row, and the defaults while there is none."""

    same_service = models.CharField(
        _("the same service"), max_length=4, choices=WEIGHTS, default=Weight.HARD
    )
    dependency = models.CharField(
        _("a service that it depends on, or that depends on it"),
        max_length=4,
        choices=WEIGHTS,
        default=Weight.SOFT,
    )
    same_person = models.CharField(
        _("the same person carries it out"), max_length=4, choices=WEIGHTS, default=Weight.HARD
    )
    resource = models.CharField(
        _("the same exclusive resource"), max_length=4, choices=WEIGHTS, default=Weight.HARD
    )
    depth = models.PositiveSmallIntegerField(
        _("how far dependencies are followed"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("1: what it needs itself; 2: what that needs, too."),
    )

    class Meta:
        verbose_name_plural = "conflict rules"

    def __str__(self) -> str:
        return str(_("Conflict rules"))

    def get_absolute_url(self) -> str:
        return reverse("maintenance:conflict-rules")

    @property
    def rules(self) -> Rules:
        return Rules(
            same_service=Weight(self.same_service),
            dependency=Weight(self.dependency),
            same_person=Weight(self.same_person),
            resource=Weight(self.resource),
            depth=self.depth,
        )


class Occasion(models.TextChoices):
    ASKED = "asked", _("When approval was asked for")
    APPROVED = "approved", _("When it was approved")
    SCHEDULED = "scheduled", _("When it was scheduled")
    STARTED = "started", _("When work began")


class ConflictCheck(models.Model):
    """
    What was found about a plan's time when it was decided, with what it was found from.

    Never changed: a later look is another row. `code` and the counts are null where nothing
    was computed, which is not the same as nothing found.
    """

    request = models.ForeignKey(
        "maintenance.MaintenanceRequest",
        on_delete=models.PROTECT,
        related_name="conflict_checks",
    )
    occasion = models.CharField(max_length=9, choices=Occasion)
    plan_digest = models.CharField(max_length=64)
    # 0 fits, 1 freeze, 2 misses, 3 exceeds the permitted times.
    code = models.PositiveSmallIntegerField(null=True)
    hard_count = models.PositiveSmallIntegerField(null=True)
    soft_count = models.PositiveSmallIntegerField(null=True)
    # Span, services with those near them, environment, person, resources, rules.
    inputs = models.JSONField()
    # Of each: request, number, title, rule, weight, state, start, end, over.
    found = models.JSONField(default=list)
    computed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-computed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hard_count__isnull=True, soft_count__isnull=True, code__isnull=True)
                | Q(hard_count__isnull=False, soft_count__isnull=False, code__isnull=False),
                name="conflict_check_computed_wholly_or_not",
            ),
            models.CheckConstraint(
                condition=Q(occasion__in=Occasion.values),
                name="conflict_check_occasion_known",
            ),
        ]
        indexes = [
            models.Index(fields=["request", "-computed_at"], name="conflict_check_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()}: {self.hard_count}/{self.soft_count}"

    @property
    def is_computed(self) -> bool:
        return self.hard_count is not None
