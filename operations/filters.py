"""One filter for each list, the same on the page and in the API."""

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from operations.models import (
    LATE_AFTER,
    Alert,
    AlertState,
    Check,
    ChecklistRun,
    CheckState,
    Integration,
    LogEntry,
    Receipt,
    ReceiptState,
    RunState,
    Severity,
)
from portal.filters import TextFilter, YesNoFilter
from portal.models import Service, Team


def services(_request: object) -> QuerySet[Service]:
    return Service.objects.current()


def by_service(label: object = _("Service")) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=label,
        queryset=services,
        field_name="service",
        to_field_name="slug",
        empty_label=_("All services"),
    )


def by_team() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        field_name="team",
        to_field_name="slug",
        empty_label=_("All teams"),
    )


class AlertFilter(django_filters.FilterSet):
    q = TextFilter(within=["name", "summary"])
    service = by_service()
    severity = django_filters.ChoiceFilter(
        label=_("Severity"), choices=Severity.choices, empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("firing", _("Firing, acknowledged or not")),
            ("pending", _("Still to be looked at")),
            *AlertState.choices,
        ],
        method="by_state",
        empty_label=_("All"),
    )
    integration = django_filters.ModelChoiceFilter(
        label=_("Integration"), queryset=Integration.objects.all(), empty_label=_("All")
    )

    class Meta:
        model = Alert
        fields = ["q", "service", "severity", "state", "integration"]

    def by_state(self, alerts: QuerySet[Alert], _name: str, state: str) -> QuerySet[Alert]:
        if state == "firing":
            return alerts.filter(state__in=[AlertState.UNACKED, AlertState.ACKED])
        if state == "pending":
            return alerts.exclude(state=AlertState.NORMAL)
        return alerts.filter(state=state)


class IntegrationFilter(django_filters.FilterSet):
    q = TextFilter(within=["name"])
    service = by_service()
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = Integration
        fields = ["q", "service", "is_active"]


class ReceiptFilter(django_filters.FilterSet):
    integration = django_filters.ModelChoiceFilter(
        label=_("Integration"), queryset=Integration.objects.all(), empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=ReceiptState.choices, empty_label=_("All")
    )

    class Meta:
        model = Receipt
        fields = ["integration", "state"]


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
