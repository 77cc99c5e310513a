"""Forms of on-call schedules and their layers."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from holidays import list_supported_countries
from holidays.registry import COUNTRIES

from operations.forms.local_moments import LocalMomentField, ZonedForm
from operations.models import WEEKDAYS, Layer, RotationKind, Schedule
from portal.forms import TimeZoneField
from portal.models import Team, User

MOST_PLACES = 99
DATE = {"type": "date"}
TIME = {"type": "time"}


class ScheduleForm(forms.ModelForm):
    time_zone = TimeZoneField()

    class Meta:
        model = Schedule
        fields = ["team", "name", "time_zone", "description"]
        help_texts = {
            "name": gettext_lazy("Such as “Nights”; empty for a team's only schedule."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, teams: QuerySet[Team] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if teams is None:
            del self.fields["team"]
            return
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams


class TurnsForm(forms.BaseForm):
    """Who takes turns: a number beside each person; those of one number go together."""

    people: list[User]

    def ask_turns(self, people: list[User], places: dict[int, int]) -> None:
        """Add a field for each person; `places` is what is known, by id."""
        self.people = people
        for person in people:
            self.fields[f"turn_{person.pk}"] = forms.IntegerField(
                label=person.name,
                min_value=1,
                max_value=MOST_PLACES,
                required=False,
                initial=places.get(person.pk),
            )

    def turn_fields(self) -> list[forms.BoundField]:
        return [self[f"turn_{person.pk}"] for person in self.people]

    def other_fields(self) -> list[forms.BoundField]:
        turns = {f"turn_{person.pk}" for person in self.people}
        return [field for field in self.visible_fields() if field.name not in turns]

    def groups(self) -> list[list[User]]:
        """Return who takes turns, in the order of the numbers."""
        places: dict[int, list[User]] = {}
        for person in self.people:
            if place := self.cleaned_data.get(f"turn_{person.pk}"):
                places.setdefault(place, []).append(person)
        return [places[place] for place in sorted(places)]

    def check_turns(self) -> None:
        if not self.errors and not self.groups():
            raise forms.ValidationError(_("A rotation needs at least one person."), "nobody")


def places_of(groups: Iterable[Iterable[User]]) -> dict[int, int]:
    """Return each person's number."""
    return {person.pk: place for place, group in enumerate(groups, start=1) for person in group}


class RotationForm(TurnsForm, forms.ModelForm):
    """The short way: one weekly rotation."""

    class Meta:
        model = Layer
        fields = ["starts_on", "handoff_weekday", "handoff_time"]
        widgets = {
            "starts_on": forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
            "handoff_time": forms.TimeInput(attrs=TIME, format="%H:%M"),
        }
        help_texts = {"starts_on": gettext_lazy("The week of this day is the first person's.")}

    def __init__(
        self, *args: Any, people: list[User], places: dict[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ask_turns(people, places)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.check_turns()
        if not self.errors and any(len(group) > 1 for group in self.groups()):
            sentence = _("Give each person a number of their own.")
            raise forms.ValidationError(sentence, "twice")
        return cleaned


class HoursField(forms.CharField):
    """Times of the day such as `18:00-08:00, 12:00-13:00`."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        text = str(value or "").replace("\N{EN DASH}", "-").strip()
        try:
            return [_hours(part) for part in text.split(",") if part.strip()]
        except ValueError as error:
            sentence = _("Write times such as 18:00-08:00, with a comma between several.")
            raise forms.ValidationError(sentence, "hours") from error

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return ", ".join(f"{row['from']}-{row['until']}" for row in value)

    def validate(self, value: Any) -> None:
        """An empty list is an answer: all day."""

    def run_validators(self, value: Any) -> None:
        """The model's validators look at the list."""


class LayerForm(ZonedForm, TurnsForm, forms.ModelForm):
    rotation = forms.ChoiceField(
        label=gettext_lazy("Rotates by"),
        choices=[c for c in RotationKind.choices if c[0] != RotationKind.CALENDAR],
    )
    interval = forms.IntegerField(
        label=gettext_lazy("Each turn lasts"),
        min_value=1,
        max_value=366,
        initial=1,
        help_text=gettext_lazy(
            "So many hours, days, weeks or months. Hours that divide a day keep to the clock; "
            "5 or 7 are counted through."
        ),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "None: every day. A day lasts from hand-over to hand-over; others cost no turn."
        ),
    )
    hours = HoursField(
        label=gettext_lazy("Hours of the day"),
        required=False,
        help_text=gettext_lazy(
            "Such as 18:00-08:00; empty: all day. After midnight is still the day before."
        ),
    )
    holiday_country = forms.ChoiceField(
        label=gettext_lazy("Country"), required=False, choices=lambda: countries()
    )
    valid_from = LocalMomentField(label=gettext_lazy("In force from"), required=False)
    valid_until = LocalMomentField(label=gettext_lazy("In force until"), required=False)

    class Meta:
        model = Layer
        fields = [
            "name",
            "rotation",
            "interval",
            "starts_on",
            "handoff_time",
            "handoff_weekday",
            "weekdays",
            "hours",
            "holiday_rule",
            "holiday_country",
            "holiday_subdivision",
            "valid_from",
            "valid_until",
        ]
        widgets = RotationForm.Meta.widgets
        help_texts = {
            "name": gettext_lazy("Such as “Night”; it stands in the reason for a page."),
            "starts_on": gettext_lazy("Turns are counted from here, also while not in force."),
            "handoff_weekday": gettext_lazy("Of rotations by weeks."),
            "holiday_subdivision": gettext_lazy("A code, such as BY for Bavaria; empty: none."),
        }

    def __init__(
        self,
        *args: Any,
        people: list[User],
        places: dict[int, int],
        zone: ZoneInfo,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.follows_calendar = self.instance.rotation == RotationKind.CALENDAR
        if self.follows_calendar:
            self._keep_only("name", "valid_from", "valid_until")
        self.use_zone(zone)
        self.ask_turns([] if self.follows_calendar else people, places)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.clean_moments(cleaned)
        if not self.follows_calendar:
            self._check_holidays(cleaned)
            self.check_turns()
        return cleaned

    def fields_of_layer(self) -> dict[str, Any]:
        """Return what was typed, as fields of a layer."""
        names = set(self.fields) & set(self.Meta.fields)
        return {name: self.cleaned_data.get(name) for name in names}

    def _keep_only(self, *names: str) -> None:
        for name in set(self.fields) - set(names):
            del self.fields[name]

    def _check_holidays(self, cleaned: dict[str, Any]) -> None:
        country, region = cleaned.get("holiday_country"), cleaned.get("holiday_subdivision")
        if cleaned.get("holiday_rule") and not country:
            self.add_error("holiday_country", _("Say whose public holidays count."))
        regions = _regions().get(country or "", [])
        if region and region not in regions:
            known = ", ".join(regions) or _("none")
            sentence = _("No such region; those known are: %(known)s.") % {"known": known}
            self.add_error("holiday_subdivision", sentence)


def _hours(part: str) -> dict[str, str]:
    start, until = (time.fromisoformat(side.strip()) for side in part.split("-"))
    return {"from": f"{start:%H:%M}", "until": f"{until:%H:%M}"}


def _regions() -> dict[str, list[str]]:
    return list_supported_countries(include_aliases=False)


def countries() -> Sequence[tuple[str, str]]:
    """Return the countries whose public holidays are known, by name."""
    named = [(codes[1], key.replace("_", " ").title()) for key, codes in COUNTRIES.items()]
    return [("", "---------"), *sorted(named, key=lambda row: row[1])]
