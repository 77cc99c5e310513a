"""Forms of what is said about single times: overrides and temporary schedules."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations.forms.local_moments import LocalMomentField, ZonedForm
from operations.models import Layer, Override, OverrideKind
from portal.models import User

EMPTY_ROWS = 3
MOST_ROWS = 100


class OverrideForm(ZonedForm, forms.ModelForm):
    SELDOM = ["kind", "replaces", "layer"]

    starts_at = LocalMomentField(label=gettext_lazy("From"))
    ends_at = LocalMomentField(label=gettext_lazy("Until"))

    class Meta:
        model = Override
        fields = ["person", "starts_at", "ends_at", "reason", "kind", "replaces", "layer"]
        labels = {
            "kind": gettext_lazy("What happens"),
            "replaces": gettext_lazy("In the place of"),
            "layer": gettext_lazy("Where"),
        }

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User],
        layers: Sequence[Layer],
        zone: ZoneInfo,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        everybody = people.order_by("name", "pk").distinct()
        self._offer("person", everybody, _("Choose a person"))
        self._offer("replaces", everybody, _("Everybody on call then"))
        queryset = Layer.objects.filter(pk__in=[layer.pk for layer in layers])
        self._offer("layer", queryset, _("In the whole schedule"))
        self.fields["kind"].required = False
        is_removal = self.data.get(self.add_prefix("kind")) == OverrideKind.REMOVE
        self.fields["person"].required = not is_removal
        self.use_zone(zone)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or OverrideKind.REPLACE

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.clean_moments(cleaned)
        if cleaned.get("replaces") and cleaned.get("kind") != OverrideKind.REPLACE:
            self.add_error("replaces", _("Only who takes over takes somebody's place."))
        _check_order(self, cleaned)
        return cleaned

    def main_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.SELDOM]

    def seldom_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in self.SELDOM]

    def is_seldom(self) -> bool:
        """Whether something was said in the fields that are seldom needed."""
        said = {name for name in self.SELDOM if self.data.get(self.add_prefix(name))}
        kind = self.data.get(self.add_prefix("kind"))
        return bool(said - {"kind"}) or kind in {OverrideKind.ADD, OverrideKind.REMOVE}

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in self.Meta.fields}

    def _offer(self, name: str, rows: QuerySet[Any], empty_label: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows
        field.empty_label = empty_label
        field.required = False


class TemporaryForm(ZonedForm, forms.Form):
    """A span and rows of shifts; empty rows at the end are for more."""

    starts_at = LocalMomentField(label=gettext_lazy("From"))
    ends_at = LocalMomentField(label=gettext_lazy("Until"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User],
        zone: ZoneInfo,
        shifts: Sequence[tuple[User, datetime, datetime]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.row_count = self._rows_sent() or len(shifts) + EMPTY_ROWS
        for number in range(self.row_count):
            known = shifts[number] if number < len(shifts) else (None, None, None)
            self._add_row(number, known, people.order_by("name", "pk").distinct())
        self.use_zone(zone)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.clean_moments(cleaned)
        _check_order(self, cleaned)
        for number in range(self.row_count):
            given = [cleaned.get(name) for name in _row(number)]
            if any(given) and not all(given) and not self._row_errors(number):
                self.add_error(_row(number)[0], _("Say who, from when and until when."))
        return cleaned

    def shifts(self) -> list[tuple[User, datetime, datetime]]:
        rows = (
            tuple(self.cleaned_data.get(name) for name in _row(number))
            for number in range(self.row_count)
        )
        return [row for row in rows if all(row)]  # type: ignore[misc]  # none is None then

    def rows(self) -> list[list[forms.BoundField]]:
        """Return the fields of each shift, for the page."""
        return [
            [
                self[name + more]
                for name in _row(number)
                for more in ("", "_which")
                if name + more in self.fields
            ]
            for number in range(self.row_count)
        ]

    def own_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if not field.name.startswith("shift_")]

    def _row_errors(self, number: int) -> bool:
        return any(name in self.errors for name in _row(number))

    def _rows_sent(self) -> int:
        number = 0
        while number < MOST_ROWS and self.add_prefix(_row(number)[0]) in self.data:
            number += 1
        return number

    def _add_row(
        self, number: int, known: tuple[Any, Any, Any], people: QuerySet[User]
    ) -> None:
        person, start, end = _row(number)
        self.fields[person] = forms.ModelChoiceField(
            people, label=_("Who"), required=False, initial=known[0]
        )
        for name, label, value in ((start, _("From"), known[1]), (end, _("Until"), known[2])):
            self.fields[name] = LocalMomentField(
                label=label, required=False, initial=value, says_zone=False
            )


def _row(number: int) -> tuple[str, str, str]:
    return f"shift_{number}_person", f"shift_{number}_from", f"shift_{number}_until"


def _check_order(form: forms.BaseForm, cleaned: dict[str, Any]) -> None:
    starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        form.add_error("ends_at", _("The end must be later than the beginning."))
