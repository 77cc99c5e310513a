"""Forms of sustainable pace: a period, hours of a week, a purpose, the limits."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.load.limits import Limits
from operations.load.periods import Period, monday_of, period_of
from operations.models import PaceSettings, WeeklyHours

PERIODS = [("week", _("Week")), ("month", _("Month")), ("quarter", _("Quarter"))]


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """A week, month or quarter by a day in it; without either, `kind` and today."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    day = forms.DateField(label=_("With the day"), widget=_date_input(), required=False)

    def __init__(
        self, data: Any = None, *, today: date, kind: str = "month", **kwargs: Any
    ) -> None:
        self.today, self.kind = today, kind
        given = {"period": kind, "day": today.isoformat()}
        given |= {name: data[name] for name in given if data and data.get(name)}
        super().__init__(given, **kwargs)

    @property
    def chosen(self) -> Period:
        """What was asked for; what makes no sense is left out."""
        self.full_clean()
        day = self.cleaned_data.get("day") or self.today
        kind = self.cleaned_data.get("period") or self.kind
        return period_of(kind, day if date(1971, 1, 1) < day < date(9000, 1, 1) else self.today)


class WeekForm(forms.ModelForm):
    """The hours of one week; any day of it will do."""

    monday = forms.DateField(label=_("Week with the day"), widget=_date_input())

    class Meta:
        model = WeeklyHours
        fields = ["monday", "hours", "operational"]

    def clean_monday(self) -> date:
        day: date = self.cleaned_data["monday"]
        return monday_of(day)


class LookForm(forms.Form):
    """Why a manager looks at single people."""

    purpose = forms.CharField(
        label=_("Why do you look?"),
        max_length=300,
        min_length=10,
        help_text=_("Everybody whose load you see can read who looked, when, and this."),
    )


class SettleForm(forms.Form):
    note = forms.CharField(
        label=_("What was done, for yourself"), max_length=200, required=False
    )


class PaceSettingsForm(forms.ModelForm):
    class Meta:
        model = PaceSettings
        fields = list(Limits._fields)
