"""Forms of on-call schedules."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.forms.moments import MomentField
from operations.models import Override, Schedule
from portal.models import User


class ScheduleForm(forms.ModelForm):
    """A rotation; the order of the people is the order of their numbers."""

    class Meta:
        model = Schedule
        fields = ["starts_on", "handoff_weekday", "handoff_time"]
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "handoff_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {"starts_on": _("The week of this day is the first person's.")}

    def __init__(
        self, *args: Any, people: list[User], in_turn: list[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        places = {person.pk: place for place, person in enumerate(in_turn, start=1)}
        for person in people:
            self.fields[f"turn_{person.pk}"] = forms.IntegerField(
                label=person.name,
                min_value=1,
                max_value=99,
                required=False,
                initial=places.get(person.pk),
                help_text=_("Place in the rotation; empty: does not take part."),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.in_turn():
            raise forms.ValidationError(_("A rotation needs at least one person."), "nobody")
        return cleaned

    def in_turn(self) -> list[User]:
        """Those who take part, in the order that was typed."""
        places = [
            (place, number, person)
            for number, person in enumerate(self.people)
            if (place := self.cleaned_data.get(f"turn_{person.pk}"))
        ]
        return [person for _place, _number, person in sorted(places, key=lambda row: row[:2])]


class OverrideForm(forms.ModelForm):
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))

    class Meta:
        model = Override
        fields = ["person", "starts_at", "ends_at", "reason"]

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end must be later than the beginning."))
        return cleaned
