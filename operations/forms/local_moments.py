"""
Moments typed by the clock of one zone, which may show a time twice or never.

Whoever types such a time is given the choice; nothing is moved silently.
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations.forms.moments import LOCAL_MOMENT
from operations.wall_clock import nearest, readings

WHICH = "_which"


class LocalMomentField(forms.Field):
    """A local time, still without a zone; the form makes an instant of it."""

    widget = forms.DateTimeInput
    default_error_messages = {"invalid": gettext_lazy("Enter a date and a time.")}

    def __init__(self, *, says_zone: bool = True, **options: Any) -> None:
        self.says_zone = says_zone
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_MOMENT)
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error


class ZonedForm(forms.BaseForm):
    """A form whose `LocalMomentField`s are by the clock of `zone`; mixed into a form."""

    zone: ZoneInfo

    def use_zone(self, zone: ZoneInfo) -> None:
        """Show what is known in this zone, and ask which, where a typed time needs it."""
        self.zone = zone
        for name, field in list(self.fields.items()):
            if not isinstance(field, LocalMomentField):
                continue
            if field.says_zone:
                field.help_text = _("By the clock in %(zone)s.") % {"zone": zone}
            known = self.initial.get(name, field.initial)
            if isinstance(known, datetime) and known.tzinfo:
                self.initial[name] = known.astimezone(zone).replace(tzinfo=None)
            if self.is_bound and (choices := self._choices(name, field)):
                self._ask_which(name, field, choices)

    def clean_moments(self, cleaned: dict[str, Any]) -> None:
        """Put instants in the place of the local times."""
        for name, field in list(self.fields.items()):
            local = cleaned.get(name)
            if not isinstance(field, LocalMomentField) or not isinstance(local, datetime):
                continue
            if local.tzinfo is not None:
                continue
            if name + WHICH not in self.fields:
                cleaned[name] = readings(local, self.zone)[0]
            elif which := cleaned.pop(name + WHICH, ""):
                cleaned[name] = datetime.fromisoformat(which)
            else:
                del cleaned[name]

    def _choices(self, name: str, field: LocalMomentField) -> list[tuple[str, str]]:
        """Return the instants that a typed time may mean, if it is not a single one."""
        try:
            local = field.clean(self.data.get(self.add_prefix(name)))
        except forms.ValidationError:
            return []
        if local is None or local.tzinfo is not None:
            return []
        found = readings(local, self.zone)
        if len(found) == 1:
            return []
        return [(at.isoformat(), self._named(at)) for at in found or nearest(local, self.zone)]

    def _ask_which(
        self, name: str, field: LocalMomentField, choices: list[tuple[str, str]]
    ) -> None:
        local = field.clean(self.data.get(self.add_prefix(name)))
        happens_twice = bool(readings(local, self.zone))
        shown = {"time": f"{local:%H:%M}", "zone": self.zone}
        sentence = (
            _("The clock in %(zone)s is put back and shows %(time)s twice: choose which.")
            if happens_twice
            else _("The clock in %(zone)s is put forward and skips %(time)s: choose a time.")
        )
        asked = forms.ChoiceField(
            label=_("%(label)s: which one?") % {"label": field.label},
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={"required": sentence % shown},
        )
        fields = list(self.fields.items())
        place = [key for key, _field in fields].index(name) + 1
        fields.insert(place, (name + WHICH, asked))
        self.fields = dict(fields)

    def _named(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        shown = date_format(local, "D j M, H:i")
        return f"{shown} {local.tzname()} ({at.astimezone(UTC):%H:%M} UTC)"
