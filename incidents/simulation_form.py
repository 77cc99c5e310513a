"""The question “who would be woken?”, from a form, a link or a program alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from incidents.simulation import Question
from operations.forms.moments import LOCAL_MOMENT, MomentField
from operations.matchers import parse
from operations.models import Alert, Integration, IntegrationKind, Severity
from portal import clock
from portal.models import Service, User


class ExactMomentField(MomentField):
    """A moment in the reader's zone, or with its offset, as links carry it."""

    def prepare_value(self, value: Any) -> Any:
        at = parse_datetime(value) if isinstance(value, str) else value
        if isinstance(at, datetime) and timezone.is_aware(at):
            return timezone.localtime(at).strftime(LOCAL_MOMENT)
        return value


class LabelsField(forms.CharField):
    """Labels as people write them in queries: `team="payments", env="prod"`."""

    def to_python(self, value: Any) -> Any:
        said = parse(super().to_python(value) or "")
        if any(matcher["op"] != "=" for matcher in said):
            raise ValidationError(_("An alert has its labels exactly: use = alone."), "op")
        return {matcher["label"]: matcher["value"] for matcher in said}


class SimulationForm(forms.Form):
    """Fields of the page and parameters of the API; a service, an alert or labels suffice."""

    use_required_attribute = False

    service = forms.ModelChoiceField(
        queryset=Service.objects.current().select_related("team"),
        to_field_name="slug",
        label=_("Service"),
        required=False,
        empty_label=_("The one that the labels name"),
    )
    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[(severity.value, severity.label) for severity in Severity],
        coerce=int,
        required=False,
        empty_value=None,
    )
    at = ExactMomentField(
        label=_("When it comes"),
        required=False,
        help_text=_("Any moment, past or to come, in your time zone; empty means now."),
    )
    labels = LabelsField(
        label=_("Labels"),
        required=False,
        max_length=2000,
        help_text=_('Such as alertname="DiskFull", team="payments".'),
    )
    integration = forms.ModelChoiceField(
        queryset=Integration.objects.exclude(kind=IntegrationKind.INTERNAL).select_related(
            "service__team"
        ),
        label=_("Sent by"),
        required=False,
        empty_label=_("Any integration"),
    )
    alert = forms.ModelChoiceField(
        queryset=Alert.objects.select_related("service__team", "integration"),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alerts = self.fields["alert"]
        assert isinstance(alerts, forms.ModelChoiceField)
        assert alerts.queryset is not None
        alerts.queryset = alerts.queryset.filter(pk__in=Alert.objects.visible_to(user))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        names = ("service", "labels", "integration", "alert")
        if not self.errors and not any(said.get(name) for name in names):
            raise ValidationError(
                _("Choose a service, or give the labels of an alert."), "empty"
            )
        return said

    def question(self) -> Question:
        """What is asked, where the form is valid; an alert brings what is not said."""
        said = self.cleaned_data
        alert: Alert | None = said["alert"]
        severity = said["severity"]
        if severity is None:
            severity = alert.severity if alert else Severity.P0
        return Question(
            at=said["at"] or clock.now().replace(second=0, microsecond=0),
            severity=int(severity),
            service=said["service"],
            labels=said["labels"] or (alert.labels if alert else {}),
            integration=said["integration"],
            alert=alert,
        )
