"""Filters of swap requests, hand-overs and findings."""

import django_filters
from django.utils.translation import gettext_lazy as _

from operations.models import (
    FindingKind,
    Handover,
    HandoverState,
    Schedule,
    ShiftFinding,
    SwapRequest,
    SwapState,
)
from portal.models import Team


def _by_team() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        field_name="schedule__team",
        label=_("Team"),
        queryset=Team.objects.all(),
        to_field_name="slug",
        empty_label=_("All"),
    )


def _by_schedule() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Schedule"),
        queryset=Schedule.objects.select_related("team"),
        empty_label=_("All"),
    )


class SwapFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=SwapState.choices, empty_label=_("All")
    )
    team = _by_team()
    schedule = _by_schedule()

    class Meta:
        model = SwapRequest
        fields = ["state", "team", "schedule"]


class HandoverFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=HandoverState.choices, empty_label=_("All")
    )
    team = _by_team()
    schedule = _by_schedule()

    class Meta:
        model = Handover
        fields = ["state", "team", "schedule"]


class FindingFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=FindingKind.choices, empty_label=_("All")
    )
    team = _by_team()
    schedule = _by_schedule()

    class Meta:
        model = ShiftFinding
        fields = ["kind", "team", "schedule"]
