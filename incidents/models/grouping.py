"""How alerts become incidents: which belong together, for how long, and from how many."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User

LONGEST = 7 * 24 * 60  # minutes


def _minutes(name: object, help_text: object) -> Any:
    return models.PositiveIntegerField(
        name,  # type: ignore[arg-type]  # lazy text
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text=help_text,  # type: ignore[arg-type]  # lazy text
    )


class GroupingRuleQuerySet(models.QuerySet["GroupingRule"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def in_turn(self) -> Self:
        """Those that are asked, the first that fits deciding; the default comes last."""
        return self.filter(is_active=True).order_by("is_default", "order", "pk")


class GroupingRule(Tracked):
    """Which alerts of a service open an incident together, and what happens to it by itself."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("The first rule that fits an alert decides.")
    )
    matchers = models.JSONField(_("matchers"), default=list, blank=True)
    # Names of labels; alerts of one service with equal values go together.
    group_by = models.JSONField(
        _("together if these labels are equal"), default=list, blank=True
    )
    window_minutes = _minutes(
        _("time window (minutes)"),
        _("How far an alert may be from the nearest one of the incident; empty: any time."),
    )
    reopen_minutes = _minutes(
        _("reopen within (minutes)"),
        _("Of its end, the same incident is reopened; empty: a new one is opened."),
    )
    resolve_minutes = _minutes(
        _("resolve after (minutes)"),
        _("Without a firing alert; empty: only people resolve."),
    )
    threshold_count = models.PositiveSmallIntegerField(
        _("open from (different alerts)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    threshold_minutes = models.PositiveIntegerField(
        _("that began within (minutes)"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_default = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = GroupingRuleQuerySet.as_manager()

    class Meta:
        ordering = ["is_default", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="grouping_rule_one_default",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True),
                name="grouping_rule_default_is_active",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:grouping-rule-edit", args=[self.pk])
