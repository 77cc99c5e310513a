"""Forms of checklists and of the operations log."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.forms.moments import MomentField
from operations.models import LogEntry
from portal.models import Service, Team


class StartForm(forms.Form):
    team = forms.ModelChoiceField(label=_("For the team"), queryset=Team.objects.none())

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams


class TickForm(forms.Form):
    item = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(max_length=500, required=False)


class LogForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    text = forms.CharField(
        label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    happened_at = MomentField(
        label=_("When"), required=False, help_text=_("Empty: just now. In your time zone.")
    )
    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.current(), required=False
    )

    class Meta:
        model = LogEntry
        fields = ["text", "happened_at", "service"]


class CorrectionForm(forms.Form):
    text = forms.CharField(
        label=_("What it should say"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
