"""What people fill in about operations; the verbs have the last word."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.models import Check, Integration, LogEntry, Override, Schedule
from portal import outgoing
from portal.models import Service, Team, User

LOCAL_MOMENT = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A moment in the reader's zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_MOMENT)
        super().__init__(widget=widget, **options)


class IntegrationForm(forms.ModelForm):
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        help_text=_("All its alerts belong to this service."),
    )

    class Meta:
        model = Integration
        fields = ["name", "service", "default_severity"]

    def __init__(
        self, *args: Any, services: QuerySet[Service], may_leave_open: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services
        field.required = not may_leave_open
        if may_leave_open:
            field.help_text = _("Leave empty to find the service by the labels of each alert.")


class CheckForm(forms.ModelForm):
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    expected_status = forms.IntegerField(
        label=_("Expected status"), min_value=100, max_value=599, initial=200
    )
    every_seconds = forms.IntegerField(
        label=_("Every (seconds)"), min_value=10, max_value=86_400, initial=60
    )

    class Meta:
        model = Check
        fields = ["name", "service", "url", "expected_status", "every_seconds"]

    def __init__(self, *args: Any, services: QuerySet[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services

    def clean_url(self) -> str:
        """Refuse what the portal must not call, where it was typed."""
        url: str = self.cleaned_data["url"]
        try:
            outgoing.check_url(url)
        except outgoing.UrlRefused as refused:
            raise forms.ValidationError(refused.sentence, code=refused.code) from refused
        return url


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


class LogForm(forms.ModelForm):
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
