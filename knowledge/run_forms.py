"""Forms of runs: how they begin, what is said of a step, how they end."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.forms import workers
from knowledge.models import RunbookRunState, StepState
from knowledge.models.runs import LONGEST_OUTPUT
from knowledge.variables import LONGEST_VALUE, Filled
from operations.models import Alert

VALUE = "value-"  # before the name of a variable, in forms and addresses


class StartRunForm(forms.Form):
    """A run may be started from an alert, or from what `reference` names."""

    alert = forms.ModelChoiceField(queryset=Alert.objects.all(), required=False)
    reference = forms.CharField(max_length=100, required=False)

    @property
    def subject(self) -> str:
        """What the run is for, such as "alert:7"; empty for one started by hand."""
        if not self.is_valid():
            return ""
        alert = self.cleaned_data["alert"]
        return f"alert:{alert.pk}" if alert else self.cleaned_data["reference"]


class AnswerForm(forms.Form):
    state = forms.ChoiceField(choices=StepState.choices)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    output = forms.CharField(
        label=_("What came out"), max_length=LONGEST_OUTPUT, required=False, strip=False
    )
    choice = forms.CharField(label=_("Which way"), max_length=60, required=False)
    client_id = forms.UUIDField(required=False)


class FinishForm(forms.Form):
    state = forms.ChoiceField(choices=RunbookRunState.choices)
    summary = forms.CharField(label=_("In a few words"), max_length=2000, required=False)


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("What it waits for"), max_length=300, required=False)


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Who leads it from now on"), queryset=workers())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices


class ValuesForm(forms.Form):
    """A field for each variable that a person may fill; the rest is left to its source."""

    def __init__(self, values: Iterable[Filled], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for value in values:
            if not value.variable.secret:
                self.fields[f"{VALUE}{value.variable.name}"] = _field(value)

    @property
    def by_name(self) -> dict[str, str]:
        return {name.removeprefix(VALUE): value for name, value in self.cleaned_data.items()}


def by_hand(data: Mapping[str, Any]) -> dict[str, str]:
    """The values in a query or form, by the name of their variable."""
    return {
        name.removeprefix(VALUE): str(value)[: LONGEST_VALUE + 1]
        for name, value in data.items()
        if name.startswith(VALUE)
    }


def _field(value: Filled) -> forms.CharField:
    variable = value.variable
    return forms.CharField(
        label=variable.name,
        initial=value.value,
        required=False,
        max_length=LONGEST_VALUE,
        help_text=value.problem if value.problem and value.value else _hint(variable.example),
        widget=forms.TextInput(attrs={"placeholder": variable.default, "autocomplete": "off"}),
    )


def _hint(example: str) -> Any:
    return _("Such as %(example)s") % {"example": example} if example else ""
