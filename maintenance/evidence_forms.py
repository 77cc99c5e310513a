"""What people fill in about the evidence of a plan."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.forms import Moment
from maintenance.models import EvidenceOf
from maintenance.models.evidence import LONGEST_FRESH


class GateForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("The same name again renews what is there."),
    )
    kind = forms.ChoiceField(label=_("What it shows"), choices=EvidenceOf.choices)
    is_green = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Green")), ("no", _("Red"))],
        coerce=lambda said: said == "yes",
    )
    source = forms.CharField(label=_("Where it comes from"), max_length=500, required=False)
    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    checked_at = forms.DateTimeField(
        label=_("Checked at"), required=False, widget=Moment(), help_text=_("Empty: now.")
    )
    fresh_hours = forms.IntegerField(
        label=_("Stays fresh for (hours)"),
        min_value=1,
        max_value=LONGEST_FRESH,
        required=False,
        help_text=_("Empty: it does not go stale."),
    )

    @property
    def said(self) -> dict[str, Any]:
        return self.cleaned_data


class RemoveGateForm(forms.Form):
    name = forms.CharField(max_length=80, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why it is not needed"), max_length=300)
