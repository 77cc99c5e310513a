"""Forms of business hours: one stretch for each weekday, or none."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

import re
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.models import WEEKDAYS, BusinessHours
from portal.forms import TimeZoneField
from portal.models import Service, Team, User


class MonthlyField(forms.CharField):
    """Lines such as “-3 to -1 08:00-20:00”, kept as `[[-3, -1, "08:00", "20:00"]]`."""

    LINE = re.compile(r"(-?\d+)(?:\s+to\s+(-?\d+))?\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)")

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **options)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(
            f"{first} to {last} {start}-{end}" for first, last, start, end in value
        )

    def to_python(self, value: Any) -> Any:
        return [
            self._line(line.strip()) for line in str(value or "").splitlines() if line.strip()
        ]

    def _line(self, line: str) -> list[Any]:
        found = self.LINE.fullmatch(line)
        if found is None:
            sentence = _("“%(line)s” cannot be read; write it as in “-3 to -1 08:00-20:00”.")
            raise forms.ValidationError(sentence % {"line": line[:60]}, "monthly")
        first, last, start, end = found.groups()
        return [int(first), int(last or first), start.zfill(5), end.zfill(5)]

    def validate(self, value: Any) -> None:
        """No line is an answer; the model looks at the days and times."""


class BusinessHoursForm(forms.ModelForm):
    """Two times for each weekday; empty ones mean that the day is free."""

    time_zone = TimeZoneField(initial="UTC")

    class Meta:
        model = BusinessHours
        fields = ["time_zone", "country", "subdivision"]
        help_texts = {
            "country": _("Two letters, such as DE; empty: holidays are days like others."),
            "subdivision": _("Such as BE for Berlin."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {weekday: (start, end) for weekday, start, end in self.instance.ranges}
        for weekday, name in WEEKDAYS:
            start, end = known.get(weekday, (None, None))
            self._add(f"from_{weekday}", _("%(day)s from") % {"day": name}, start)
            self._add(f"until_{weekday}", _("%(day)s until") % {"day": name}, end)

        self.fields["monthly"] = MonthlyField(
            label=_("On days of the month too"),
            required=False,
            initial=self.instance.monthly,
            help_text=_("A line for each, such as “-3 to -1 08:00-20:00”; -1 is the last day."),
        )

    def _add(self, key: str, label: Any, initial: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        self.fields[key] = forms.TimeField(
            label=label, required=False, initial=initial, widget=widget
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for weekday, _name in WEEKDAYS:
            start, end = cleaned.get(f"from_{weekday}"), cleaned.get(f"until_{weekday}")
            if (start is None) != (end is None) and not self.errors:
                missing = "until" if end is None else "from"
                self.add_error(f"{missing}_{weekday}", _("Say both, or leave both empty."))
        if not self.errors and not self._ranges():
            raise forms.ValidationError(_("Say the hours of at least one day."), "no_hours")
        return cleaned

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_subdivision(self) -> str:
        return str(self.cleaned_data["subdivision"]).upper()

    def said(self) -> dict[str, Any]:
        """The fields of the row, as the verbs take them."""
        names = ["time_zone", "country", "subdivision"]
        said = {name: self.cleaned_data[name] for name in names}
        return said | {"ranges": self._ranges(), "monthly": self.cleaned_data["monthly"]}

    def _ranges(self) -> list[list[Any]]:
        rows = []
        for weekday, _name in WEEKDAYS:
            start: time | None = self.cleaned_data[f"from_{weekday}"]
            end: time | None = self.cleaned_data[f"until_{weekday}"]
            if start is not None and end is not None:
                rows.append([weekday, f"{start:%H:%M}", f"{end:%H:%M}"])
        return rows


class NewBusinessHoursForm(BusinessHoursForm):
    """For a service, for a team, or for the house."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, label=_("Of the team")
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.none(),
        required=False,
        label=_("Or of one service"),
        to_field_name="slug",
    )
    field_order = ["team", "service", "time_zone"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        services = Service.objects.current().filter(team__in=teams)
        for name, rows in (("team", teams), ("service", services)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            field.empty_label = "—"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("team") and cleaned.get("service"):
            self.add_error("service", _("Choose the team or the service, not both."))
        return cleaned
