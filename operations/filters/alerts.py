"""Filters of alerts, integrations and receipts."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.filters.choices import by_service
from operations.models import (
    Alert,
    AlertState,
    Integration,
    IntegrationKind,
    Receipt,
    ReceiptState,
    Severity,
)
from portal.filters import TextFilter, YesNoFilter


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
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=IntegrationKind.choices, empty_label=_("All")
    )
    is_active = YesNoFilter(label=_("Active"))

    class Meta:
        model = Integration
        fields = ["q", "service", "kind", "is_active"]


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
