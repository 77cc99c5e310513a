"""Of which service and time the delivery metrics are asked."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maintenance.delivered import Period
from portal.models import Service, User

USUAL = "90"
LONGEST = timedelta(days=3 * 366)
TIMES = [
    ("30", gettext_lazy("30 days")),
    (USUAL, gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("own", gettext_lazy("from … to …")),
]


class DeliveryForm(forms.Form):
    service = forms.ModelChoiceField(
        label=gettext_lazy("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("Each service by itself"),
    )
    days = forms.ChoiceField(label=gettext_lazy("Time"), choices=TIMES)
    first = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    rollbacks = forms.ChoiceField(
        label=gettext_lazy("Rollbacks"),
        choices=[
            ("with", gettext_lazy("are deployments")),
            ("without", gettext_lazy("are left out")),
        ],
    )

    def __init__(self, data: QueryDict, *, user: User) -> None:
        said = data.copy()
        is_own = bool(said.get("first") or said.get("last"))
        said.setdefault("days", "own" if is_own else USUAL)
        said.setdefault("rollbacks", "with")
        super().__init__(said)
        services = Service.objects.visible_to(user).current()
        self.fields["service"].queryset = services  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("days") != "own":
            return said
        first, last = said.get("first"), said.get("last")
        for name in ("first", "last"):
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("Give both days."))
        if first and last and not timedelta(0) <= last - first <= LONGEST:
            self.add_error(
                "last", _("It must not lie before the first day, nor after three years.")
            )
        return said

    @property
    def period(self) -> Period:
        """The days that are asked for, once the form is valid."""
        said = self.cleaned_data
        if said["days"] == "own":
            return Period(said["first"], said["last"])
        today: date = localdate()
        return Period(today - timedelta(days=int(said["days"]) - 1), today)

    @property
    def counts_rollbacks(self) -> bool:
        return bool(self.cleaned_data["rollbacks"] == "with")
