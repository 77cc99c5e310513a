"""Forms of calendars that are read, and of exported schedules."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.calendar_reading import LONGEST_FILE
from operations.models import ExportKind, Schedule
from portal.models import Team, User


class FileField(forms.FileField):
    """A file of a size that is read whole."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload and upload.size > LONGEST_FILE:
            raise forms.ValidationError(_("The file is longer than 5 MB."), "too_long")
        return upload


class CalendarImportForm(forms.Form):
    """Where a calendar comes from: an address that is read again and again, or one file."""

    name = forms.CharField(label=_("Name"), max_length=100)
    url = forms.URLField(
        label=_("Address"),
        max_length=2000,
        required=False,
        assume_scheme="https",
        help_text=_("The secret iCal address of the calendar. It is kept encrypted."),
    )
    file = FileField(label=_("Or a file"), required=False)

    def __init__(self, *args: Any, needs_source: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs_source = needs_source

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "url" in self.errors or "file" in self.errors:
            return cleaned
        url, upload = cleaned.get("url"), cleaned.get("file")
        if url and upload:
            self.add_error("file", _("Give an address or a file, not both."))
        elif self.needs_source and not url and not upload:
            self.add_error("url", _("Give an address or a file."))
        return cleaned

    def values(self) -> dict[str, Any]:
        upload = self.cleaned_data["file"]
        return {
            "name": self.cleaned_data["name"],
            "url": self.cleaned_data["url"],
            "source": upload.read() if upload else b"",
        }


class FeedForm(forms.Form):
    schedule = forms.ModelChoiceField(
        label=_("What it shows"),
        queryset=Schedule.objects.none(),
        required=False,
        empty_label=_("My own shifts, in all schedules"),
    )

    def __init__(self, *args: Any, schedules: QuerySet[Schedule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["schedule"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = schedules


class DraftForm(forms.Form):
    """An exported file, and the team that its schedules are for."""

    team = forms.ModelChoiceField(label=_("For which team"), queryset=Team.objects.none())
    kind = forms.ChoiceField(label=_("Exported from"), choices=ExportKind.choices)
    file = FileField(
        label=_("The exported file"),
        help_text=_("JSON as the program's API gives it; of Grafana OnCall, iCal as well."),
    )

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams


class PeopleForm(forms.Form):
    """Which of our people is meant by each name of the export."""

    def __init__(
        self,
        *args: Any,
        names: dict[str, str],
        chosen: dict[str, int | None],
        people: list[User],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("Nobody: their turns are left out"))]
        choices += [(str(person.pk), person.name) for person in people]
        self.keys = dict(enumerate(names))
        for number, key in self.keys.items():
            self.fields[f"person_{number}"] = forms.ChoiceField(
                label=names[key],
                choices=choices,
                required=False,
                initial=str(chosen.get(key) or ""),
            )

    def chosen(self) -> dict[str, int | None]:
        return {
            key: int(value) if (value := self.cleaned_data[f"person_{number}"]) else None
            for number, key in self.keys.items()
        }
