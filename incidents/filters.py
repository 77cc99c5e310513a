"""One filter for each list, for the page and for the API alike."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.models import (
    CoverageHole,
    EscalationPolicy,
    GroupingRule,
    HoleKind,
    Incident,
    IncidentQuerySet,
    IncidentState,
    Review,
    ReviewState,
)
from operations.models import Severity
from portal.filters import TextFilter, YesNoFilter
from portal.models import Service, Team


class IncidentFilter(django_filters.FilterSet):
    q = TextFilter(within=["title", "impact"])
    severity = django_filters.ChoiceFilter(
        choices=Severity.choices, label=_("Severity"), empty_label=_("Any severity")
    )
    state = django_filters.ChoiceFilter(
        choices=IncidentState.choices, label=_("State"), empty_label=_("Any state")
    )
    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    open = YesNoFilter(method="keep_open", label=_("Open"))

    class Meta:
        model = Incident
        fields = ["q", "severity", "state", "service", "open"]

    def keep_open(self, rows: IncidentQuerySet, _name: str, answer: str) -> IncidentQuerySet:
        return rows.unresolved() if answer == "true" else rows.filter(resolved_at__isnull=False)


class ReviewFilter(django_filters.FilterSet):
    q = TextFilter(within=["incident__title"])
    state = django_filters.ChoiceFilter(
        choices=ReviewState.choices, label=_("State"), empty_label=_("Any state")
    )
    service = django_filters.ModelChoiceFilter(
        field_name="incident__service",
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    owed = YesNoFilter(method="keep_owed", label=_("Owed"))

    class Meta:
        model = Review
        fields = ["q", "state", "service", "owed"]

    def keep_owed(self, rows: QuerySet[Review], _name: str, answer: str) -> QuerySet[Review]:
        """Owed is a draft whose clock runs."""
        owed = {"state": ReviewState.DRAFT, "due_at__isnull": False}
        return rows.filter(**owed) if answer == "true" else rows.exclude(**owed)


class PolicyFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "team__name"])
    team = django_filters.ModelChoiceFilter(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )

    class Meta:
        model = EscalationPolicy
        fields = ["q", "team"]


class CoverageHoleFilter(django_filters.FilterSet):
    """Over what one run found."""

    service = django_filters.ModelChoiceFilter(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
    )
    team = django_filters.ModelChoiceFilter(
        field_name="service__team",
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
    )
    severity = django_filters.ChoiceFilter(
        choices=Severity.choices, label=_("Severity"), empty_label=_("Any severity")
    )
    kind = django_filters.ChoiceFilter(
        choices=HoleKind.choices, label=_("What is wrong"), empty_label=_("Anything")
    )
    is_new = YesNoFilter(label=_("New"))

    class Meta:
        model = CoverageHole
        fields = ["service", "team", "severity", "kind", "is_new"]


class GroupingRuleFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = GroupingRule
        fields = ["q", "is_active"]
