"""Forms of business hours: one stretch for each weekday, or none."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.models import WEEKDAYS, BusinessHours
from portal.forms import TimeZoneField
from portal.models import Service, Team, User


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
        return {name: self.cleaned_data[name] for name in names} | {"ranges": self._ranges()}

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
