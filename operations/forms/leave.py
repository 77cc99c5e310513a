"""Forms of leave: whole days by the person's own clock."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.models import Leave, LeaveKind
from operations.wall_clock import instant
from portal.models import User

DAY = timedelta(days=1)
LONGEST = timedelta(days=366)


def _date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class LeaveForm(forms.Form):
    """From the first day away to the last, both whole."""

    person = forms.ModelChoiceField(label=_("Who"), queryset=User.objects.none())
    first_day = forms.DateField(label=_("First day away"), widget=_date_input())
    last_day = forms.DateField(label=_("Last day away"), widget=_date_input())
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=LeaveKind.choices,
        help_text=_("Colleagues see only that somebody is away."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not be before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("last_day", _("Longer than a year: record it in parts."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the verbs take: instants by the clock of whoever is away."""
        cleaned = self.cleaned_data
        starts_at, ends_at = whole_days(
            cleaned["first_day"], cleaned["last_day"], cleaned["person"].time_zone
        )
        kept = {name: cleaned[name] for name in ("kind", "note")}
        return {"starts_at": starts_at, "ends_at": ends_at, **kept}


def whole_days(first: date, last: date, time_zone: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo(time_zone)
    return instant(first, time(0), zone), instant(last + DAY, time(0), zone)


def days_of(leave: Leave) -> dict[str, Any]:
    """What the form begins with for leave that is recorded already."""
    zone = ZoneInfo(leave.person.time_zone)
    last = (leave.ends_at - timedelta(microseconds=1)).astimezone(zone)
    return {
        "person": leave.person_id,
        "first_day": leave.starts_at.astimezone(zone).date(),
        "last_day": last.date(),
        "kind": leave.kind,
        "note": leave.note,
    }
