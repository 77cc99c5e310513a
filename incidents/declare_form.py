"""Declaring an incident: three answers are enough, the five questions help with one of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.command_forms import QuestionsForm
from incidents.forms import severity_choices
from incidents.models import ProblemReport, Source
from incidents.severity_questions import suggestion
from operations.models import Alert
from portal.models import Service


class DeclareForm(QuestionsForm):
    """The alert, if one is named, joins what is declared."""

    field_order = ["service", "title", "severity", "is_private", "source", "impact"]

    service = forms.ModelChoiceField(
        queryset=Service.objects.current(),
        to_field_name="slug",
        label=_("What is affected"),
        empty_label=_("Choose a service"),
        widget=forms.Select(attrs={"autofocus": True}),
    )
    title = forms.CharField(
        label=_("What is wrong"),
        max_length=200,
        help_text=_("As people would say it: “Checkout fails for everybody”."),
    )
    severity = forms.TypedChoiceField(
        label=_("How bad it is"),
        choices=severity_choices,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("When in doubt, the graver one: it can be lowered at any time."),
    )
    is_private = forms.BooleanField(
        label=_("Private, such as one of security"),
        required=False,
        help_text=_("Seen by you, whoever gets a role or is paged, and the managers."),
    )
    source = forms.ChoiceField(
        label=_("Noticed by"), choices=Source.choices, initial=Source.TEAM
    )
    impact = forms.CharField(
        label=_("Who is affected, and how"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    alert = forms.ModelChoiceField(
        queryset=Alert.objects.all(), required=False, widget=forms.HiddenInput
    )
    reports = forms.ModelMultipleChoiceField(
        queryset=ProblemReport.objects.waiting(),
        required=False,
        widget=forms.MultipleHiddenInput,
        error_messages={
            "invalid_choice": _(
                "A report was dealt with meanwhile. Look into the queue, then declare it again."
            )
        },
    )

    def clean(self) -> dict[str, Any]:
        """Without a severity, say what the answers speak for; the choice stays theirs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        found = suggestion(self.answers)
        if "severity" in self.errors and found.severity is not None:
            words = " ".join([str(found.severity.label), *found.reasons])
            self.add_error("severity", _("Your answers speak for %(words)s") % {"words": words})
        return cleaned

    @property
    def said(self) -> dict[str, Any]:
        """What the verb is told."""
        names = [
            "service",
            "title",
            "severity",
            "is_private",
            "source",
            "impact",
            "alert",
            "reports",
        ]
        return {name: self.cleaned_data[name] for name in names}
