"""What people fill in about freezes and permitted times; the verbs have the last word."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.access import own_services, ruled_services, ruled_teams
from maintenance.forms import Moment, rows
from maintenance.maintnote import LONGEST as LONGEST_NOTICE
from maintenance.models import (
    Category,
    ChangeWindow,
    ConflictRules,
    FreezeKind,
    MaintenanceRequest,
    OverrideOf,
)
from maintenance.next_times import need_of
from maintenance.timing import LAST
from maintenance.timing.slots import MOST
from operations.weekly import NAMES
from portal.forms import TimeZoneField
from portal.models import Service, Team, User

WEEKDAYS = list(enumerate(NAMES))
WHICH = [
    (0, _("By the day of the month")),
    (1, _("First")),
    (2, _("Second")),
    (3, _("Third")),
    (4, _("Fourth")),
    (LAST, _("Last")),
]
CATEGORIES = [(value, str(label).partition(":")[0]) for value, label in Category.choices]


class ScopeForm(forms.Form):
    """For some services, or for all."""

    ways: tuple[str, ...] = ("covers_all", "services")
    nothing_chosen = _("Choose at least one service, or all.")

    covers_all = forms.BooleanField(label=_("All services"), required=False)
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].queryset = ruled_services(user)  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(way) for way in self.ways):
            self.add_error("services", self.nothing_chosen)
        return cleaned


class NamesField(forms.CharField):
    """Names with commas between; cleaned, a list of them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        words = (super().clean(value) or "").split(",")
        return [word.strip() for word in words if word.strip()]


class FreezeForm(ScopeForm):
    ways = ("covers_all", "services", "teams")
    nothing_chosen = _("Choose at least one service or team, or all.")

    teams = forms.ModelMultipleChoiceField(
        label=_("All services of"),
        queryset=Team.objects.none(),
        to_field_name="slug",
        required=False,
        help_text=_("Also those that the team gets later."),
    )
    environments = NamesField(
        label=_("Environments"),
        max_length=400,
        required=False,
        help_text=_("With commas between, such as production, staging. Empty: production."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=FreezeKind.choices,
        initial=FreezeKind.FREEZE,
        help_text=_("A freeze is planned; a lockdown is sudden, as while an attack goes on."),
    )
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=rows(3))
    starts_at = forms.DateTimeField(label=_("Starts"), widget=Moment())
    ends_at = forms.DateTimeField(label=_("Ends"), widget=Moment())
    spared_categories = forms.MultipleChoiceField(
        label=_("What may go on all the same"),
        choices=CATEGORIES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    spares_p0 = forms.BooleanField(
        label=_("Repairs of P0 may go on"), required=False, initial=True
    )
    field_order = [
        *("name", "kind", "reason", "covers_all", "services", "teams", "environments"),
        *("starts_at", "ends_at"),
    ]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        self.fields["teams"].queryset = ruled_teams(user)  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The freeze must end after it starts."))
        return cleaned


class RecurrenceForm(forms.Form):
    """The rule by which something comes again."""

    frequency = forms.ChoiceField(
        label=_("Comes"), choices=ChangeWindow._meta.get_field("frequency").choices or []
    )
    interval = forms.IntegerField(
        label=_("Every"),
        min_value=1,
        max_value=52,
        initial=1,
        help_text=_("So many days, weeks or months; 1 is each of them."),
    )
    nth = forms.TypedChoiceField(
        label=_("Which in the month"), choices=WHICH, coerce=int, initial=0, required=False
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of weeks; or with “first” to “last”, the one day in the month."),
    )
    day_of_month = forms.IntegerField(
        label=_("Day of the month"),
        min_value=LAST,
        max_value=31,
        required=False,
        help_text=_("1 to 31; -1 is the last. In a month too short for it, its last day."),
    )
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    at = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label=_("Length in minutes"), min_value=5, max_value=10080)
    time_zone = TimeZoneField()

    def clean_nth(self) -> int:
        return int(self.cleaned_data["nth"] or 0)

    def clean_day_of_month(self) -> int:
        return int(self.cleaned_data["day_of_month"] or 0)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("nth") and len(cleaned.get("weekdays") or []) != 1:
            self.add_error("weekdays", _("Choose the one day of the week that is meant."))
        first, last = cleaned.get("starts_on"), cleaned.get("until")
        if first and last and last < first:
            self.add_error("until", _("The last day is before the first."))
        return cleaned


class ChangeWindowForm(RecurrenceForm, ScopeForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    field_order = ["name", "covers_all", "services"]


class OverrideForm(forms.Form):
    of = forms.ChoiceField(choices=OverrideOf.choices, widget=forms.HiddenInput)
    freeze = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it cannot wait, and what makes it safe"), max_length=1000, widget=rows(2)
    )


class PlanForm(forms.Form):
    """A proposed time, taken over into the plan."""

    planned_start = forms.DateTimeField(widget=forms.HiddenInput)
    planned_end = forms.DateTimeField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class MoveForm(forms.Form):
    """Another time for a request, as a person fills it in."""

    planned_start = forms.DateTimeField(label=_("Planned start"), widget=Moment())
    planned_end = forms.DateTimeField(label=_("Planned end"), widget=Moment())
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        start, end = (
            self.cleaned_data.get("planned_start"),
            self.cleaned_data.get("planned_end"),
        )
        if start and end and end <= start:
            self.add_error("planned_end", _("It must end after it starts."))
        return self.cleaned_data


class LengthForm(forms.Form):
    """How long a change lasts, where its plan does not say so yet."""

    minutes = forms.IntegerField(
        label=_("It takes (minutes)"), min_value=1, max_value=10080, required=False
    )
    most = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST, required=False)


class WhatIfForm(forms.Form):
    """A time that is asked about; `item` says how long it takes when no end is given."""

    start = forms.DateTimeField()
    end = forms.DateTimeField(required=False)

    def __init__(self, *args: Any, item: MaintenanceRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lasts = need_of(item).lasts

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and not end and "end" not in self.errors:
            self.cleaned_data["end"] = start + self.lasts
        elif start and end and end <= start:
            self.add_error("end", _("It must end after it starts."))
        return self.cleaned_data


class ChangeFeedForm(forms.Form):
    """Whose changes a feed shows."""

    team = forms.ModelChoiceField(
        label=_("Changes of"),
        queryset=Team.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All teams"),
    )
    is_of_own = forms.BooleanField(
        label=_("Only those that I asked for or carry out"), required=False
    )

    def scope(self) -> dict[str, Any]:
        is_of_own = self.cleaned_data["is_of_own"]
        return {
            "team": None if is_of_own else self.cleaned_data["team"],
            "is_of_own": is_of_own,
        }


class NoticeFileForm(forms.Form):
    file = forms.FileField(
        label=_("Calendar file"), help_text=_("As the supplier sent it, with MAINTNOTE lines.")
    )

    def clean_file(self) -> Any:
        found = self.cleaned_data["file"]
        if found.size > LONGEST_NOTICE:
            raise forms.ValidationError(_("The file is longer than 250 KB."), "too_long")
        return found


class LinkNoticeForm(forms.Form):
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].queryset = own_services(user)  # type: ignore[attr-defined]  # a field of choices


class ConflictRulesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    class Meta:
        model = ConflictRules
        fields = ["same_service", "dependency", "depth", "same_person", "resource"]


class ResourceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    note = forms.CharField(
        label=_("What it is"), max_length=1000, required=False, widget=rows(2)
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services that use it"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].queryset = ruled_services(user)  # type: ignore[attr-defined]  # a field of choices
