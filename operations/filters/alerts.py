"""Filters of alerts, integrations and receipts."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations import matchers
from operations.filters.choices import by_service
from operations.filters.labels import matching_labels
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
from portal.models import Team


class MatcherField(forms.CharField):
    """Matchers as people type them, such as `zone=~"eu-.*"`."""

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        matchers.parse(text)
        return text


class MatcherFilter(django_filters.CharFilter):
    """Alerts whose labels match; those of ours (service, severity, alertname) count too."""

    field_class = MatcherField

    def __init__(self, **options: object) -> None:
        super().__init__(max_length=1000, **options)

    def filter(self, alerts: QuerySet[Alert], text: str) -> QuerySet[Alert]:
        return matching_labels(alerts, matchers.parse(text or ""))


class LabelNameField(forms.CharField):
    """The name of one label."""

    def clean(self, value: object) -> str:
        name = str(super().clean(value))
        if name and not matchers.LABEL.fullmatch(name):
            sentence = _("“%(label)s” is not the name of a label.")
            raise ValidationError(sentence, "label", {"label": name})
        return name


class LabelNameFilter(django_filters.CharFilter):
    """How the page groups what it found; it leaves nothing out."""

    field_class = LabelNameField

    def filter(self, alerts: QuerySet[Alert], _name: str) -> QuerySet[Alert]:
        return alerts


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
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.all(),
        field_name="service__team",
        to_field_name="slug",
        empty_label=_("All teams"),
    )
    held = YesNoFilter(field_name="is_held", label=_("Held back"))
    integration = django_filters.ModelChoiceFilter(
        label=_("Integration"), queryset=Integration.objects.all(), empty_label=_("All")
    )
    match = MatcherFilter(label=_("Labels"))

    class Meta:
        model = Alert
        fields = [
            "q",
            "service",
            "team",
            "severity",
            "state",
            "held",
            "integration",
            "match",
        ]

    def by_state(self, alerts: QuerySet[Alert], _name: str, state: str) -> QuerySet[Alert]:
        if state == "firing":
            return alerts.filter(state__in=[AlertState.UNACKED, AlertState.ACKED])
        if state == "pending":
            return alerts.exclude(state=AlertState.NORMAL)
        return alerts.filter(state=state)


class AlertPageFilter(AlertFilter):
    """The page's own: the same, and by which label it groups."""

    group = LabelNameFilter(label=_("Group by label"), max_length=100)


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
