"""Why incidents happen: words that all reviews share, and what caused what in each."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.reviews import Review
from knowledge.models import ActionItem
from portal.models import Tracked, User


class FactorCategory(models.TextChoices):
    CHANGE = "change", _("Change and release")
    CAPACITY = "capacity", _("Capacity and load")
    DESIGN = "design", _("Design and code")
    DEPENDENCY = "dependency", _("Dependencies")
    DETECTION = "detection", _("Detection and alerting")
    RESPONSE = "response", _("Response and communication")
    PROCESS = "process", _("Process and planning")
    KNOWLEDGE = "knowledge", _("Knowledge and documentation")


class FactorQuerySet(models.QuerySet["Factor"]):
    def current(self) -> Self:
        """Those that may be chosen."""
        return self.filter(retired_at__isnull=True)


class Factor(Tracked):
    """A word of the shared vocabulary for what contributes to incidents."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    category = models.CharField(_("category"), max_length=10, choices=FactorCategory)
    description = models.CharField(_("when to use it"), max_length=300, blank=True)
    retired_at = models.DateTimeField(null=True, editable=False)
    # The word that is used instead; whatever said this one says that one now.
    merged_into = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = FactorQuerySet.as_manager()

    class Meta:
        ordering = ["category", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=FactorCategory.values), name="factor_category_known"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(retired_at__isnull=False),
                name="factor_merged_is_retired",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="factor_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:factor", args=[self.pk])


class ReviewFactor(Tracked):
    """One factor that contributed to an incident, and by what that is known."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="factors")
    factor = models.ForeignKey(Factor, on_delete=models.PROTECT, related_name="found")
    evidence = models.TextField(_("evidence"), max_length=2000)
    # What was promised against it; a factor that recurs takes these up again.
    actions = models.ManyToManyField(ActionItem, related_name="+", blank=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "factor"], name="review_names_a_factor_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.factor)


class CausalNode(Tracked):
    """One box of a review's causal tree: what happened, or why what stands above it did."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="causes")
    # What it caused; None for the effect at the top.
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="causes"
    )
    order = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(_("what happened"), max_length=200)
    factor = models.ForeignKey(
        Factor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review"],
                condition=Q(parent__isnull=True),
                name="causal_tree_has_one_top",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="causal_node_not_its_own_cause",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="causal_node_says_something"),
        ]

    def __str__(self) -> str:
        return self.text
