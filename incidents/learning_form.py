"""Of which incidents the figures are asked."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents.milestones import MEASURES, VALUE_WORDS
from incidents.models import ClockKind, Factor, Incident
from incidents.scope_form import ScopeForm
from operations.models import Severity

DAYS = [(30, _("30 days")), (90, _("90 days")), (180, _("half a year")), (365, _("a year"))]


class LearningForm(ScopeForm):
    field_order = ("days", "severity", "service", "team")

    days = forms.TypedChoiceField(
        label=_("Time"), choices=DAYS, coerce=int, required=False, empty_value="90"
    )
    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[("", _("Any severity")), *((s.value, s.label) for s in Severity)],
        coerce=int,
        required=False,
        empty_value=None,
    )

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        said = data.copy()
        said.setdefault("days", "90")  # so that the form shows what it asks for
        super().__init__(said, *args, **kwargs)

    def clean_days(self) -> int:
        return int(self.cleaned_data["days"])

    def among(self, rows: QuerySet[Incident]) -> QuerySet[Incident]:
        """Keep what is asked about."""
        said: dict[str, Any] = self.cleaned_data
        wanted = {
            "severity": said["severity"],
            "service": said["service"],
            "service__team": said["team"],
        }
        return rows.filter(
            **{name: value for name, value in wanted.items() if value is not None}
        )


class RowsForm(LearningForm):
    measure = forms.ChoiceField(
        label=_("Figure"), choices=[(key, each.label) for key, each in MEASURES.items()]
    )
    value = forms.ChoiceField(
        label=_("What is known"),
        choices=[("", _("Anything")), *((v.value, words) for v, words in VALUE_WORDS.items())],
        required=False,
    )


class ClocksForm(LearningForm):
    kind = forms.ChoiceField(label=_("Clock"), choices=ClockKind.choices)
    outcome = forms.ChoiceField(
        label=_("What it came to"),
        choices=[
            ("", _("Anything")),
            ("met", _("Met")),
            ("breached", _("Breached")),
            ("judged", _("Met or breached")),
            ("running", _("Running")),
            ("not_needed", _("Not needed")),
        ],
        required=False,
    )
    # An incident's severity may have changed since the clock was judged by it.
    target_severity = forms.TypedChoiceField(
        label=_("Target of severity"),
        choices=[("", _("Any severity")), *((s.value, s.label) for s in Severity)],
        coerce=int,
        required=False,
        empty_value=None,
    )


class FactorsForm(LearningForm):
    factor = forms.ModelChoiceField(
        queryset=Factor.objects.all(), to_field_name="name", label=_("Factor")
    )
    came_back = forms.BooleanField(label=_("Only where it came back"), required=False)
