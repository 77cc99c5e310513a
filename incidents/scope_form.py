"""Of which service, and of which team's, figures are asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.models import Service, Team


class ScopeForm(forms.Form):
    service = forms.ModelChoiceField(
        queryset=Service.objects.all(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Any service"),
        required=False,
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.all(),
        to_field_name="slug",
        label=_("Team"),
        empty_label=_("Any team"),
        required=False,
    )
