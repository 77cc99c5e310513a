"""Of which services and months availability is asked."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents import availability
from incidents.availability import Period
from incidents.scope_form import ScopeForm
from portal import clock
from portal.models import Service

MONTHS = [(3, _("3 months")), (6, _("6 months")), (12, _("12 months"))]
MONTH = RegexValidator(r"^20\d\d-(0[1-9]|1[0-2])\Z", _("Write the month as 2026-11."))


class AvailabilityForm(ScopeForm):
    field_order = ("months", "service", "team", "missed")

    months = forms.TypedChoiceField(
        label=_("Full months"), choices=MONTHS, coerce=int, required=False, empty_value="3"
    )
    missed = forms.BooleanField(label=_("Only where a target was missed"), required=False)

    def among(self, rows: QuerySet[Service]) -> QuerySet[Service]:
        """Keep what is asked about."""
        said: dict[str, Any] = self.cleaned_data
        if said["service"] is not None:
            rows = rows.filter(pk=said["service"].pk)
        return rows if said["team"] is None else rows.filter(team=said["team"])


class BehindForm(forms.Form):
    """A service and a month; without a month the last 90 days."""

    service = forms.ModelChoiceField(
        queryset=Service.objects.all(), to_field_name="slug", label=_("Service")
    )
    month = forms.CharField(
        label=_("Month"),
        validators=[MONTH],
        required=False,
        help_text=_("Such as 2026-11; empty for the last 90 days."),
    )

    def period(self) -> Period:
        said = self.cleaned_data["month"]
        if not said:
            return availability.lately(clock.now())
        year, number = said.split("-")
        return availability.month(date(int(year), int(number), 1))
