"""Filters of checks, checklists and the operations log."""

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from operations.filters.choices import by_service, by_team
from operations.models import (
    LATE_AFTER,
    Check,
    ChecklistRun,
    CheckState,
    LogEntry,
    RunState,
)
from portal.filters import TextFilter, YesNoFilter


class CheckFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "url"])
    service = by_service()
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=CheckState.choices, empty_label=_("All")
    )
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = Check
        fields = ["q", "service", "state", "is_active"]


class ChecklistRunFilter(django_filters.FilterSet):
    team = by_team()
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=RunState.choices, empty_label=_("All")
    )
    due_after = django_filters.DateFilter(
        label=_("Due from"),
        field_name="due_at",
        lookup_expr="date__gte",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = ChecklistRun
        fields = ["team", "state", "due_after"]


class LogFilter(django_filters.FilterSet):
    q = TextFilter(within=["text"])
    service = by_service()
    is_late = YesNoFilter(method="by_lateness", label=_("Entered late"))

    class Meta:
        model = LogEntry
        fields = ["q", "service", "is_late"]

    def by_lateness(
        self, entries: QuerySet[LogEntry], _name: str, is_late: str
    ) -> QuerySet[LogEntry]:
        late = Q(corrects=None, entered_at__gt=F("happened_at") + LATE_AFTER)
        return entries.filter(late if is_late == "true" else ~late)
