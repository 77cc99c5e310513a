"""Forms of heartbeats."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.cron_times import BadCron, check_cron
from operations.models import Heartbeat, RhythmKind
from operations.models.heartbeats import LONGEST, SHORTEST
from operations.on_calendar import BadCalendar, check_on_calendar
from portal import clock
from portal.forms import TimeZoneField
from portal.models import Service


class HeartbeatForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    period_minutes = forms.IntegerField(
        label=_("Period (minutes)"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=24 * 60,
        help_text=_(
            "Where it is expected again within a time: the longest between two successes. "
            "60 is an hour, 1440 a day."
        ),
    )
    cron = forms.CharField(
        label=_("Cron expression"),
        max_length=100,
        required=False,
        help_text=_(
            "Where that is what counts: minute, hour, day, month, weekday, as in the crontab, "
            "such as 30 4 * * 1-5."
        ),
    )
    on_calendar = forms.CharField(
        label=_("OnCalendar"),
        max_length=200,
        required=False,
        help_text=_("Where that is what counts: as in the timer, such as Mon..Fri 04:30."),
    )
    time_zone = TimeZoneField(
        initial="UTC",
        help_text=_(
            "The clock that the expression goes by, unless OnCalendar names a zone itself."
        ),
    )
    grace_minutes = forms.IntegerField(
        label=_("Grace (minutes)"),
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=60,
        help_text=_("How late it may be, and how long it may run, before it is down."),
    )
    runbook_url = forms.URLField(
        label=_("Runbook's address"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = Heartbeat
        fields = [
            "name",
            "service",
            "kind",
            "period_minutes",
            "cron",
            "on_calendar",
            "time_zone",
            "grace_minutes",
            "severity",
            "runbook_url",
            "is_resumed_by_ping",
        ]

    def __init__(self, *args: Any, services: QuerySet[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services

    def clean(self) -> dict[str, Any]:
        """An expression must mean something, where it is what counts."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for kind, name, check in (
            (RhythmKind.CRON, "cron", check_cron),
            (RhythmKind.CALENDAR, "on_calendar", check_on_calendar),
        ):
            if values.get("kind") != kind:
                values[name] = ""
            elif name in values:
                self._check(name, values[name], check)
        return values

    def _check(self, name: str, said: str, check: Callable[..., None]) -> None:
        try:
            check(said, now=clock.now())
        except (BadCron, BadCalendar) as problem:
            self.add_error(name, forms.ValidationError(str(problem), code=f"bad_{name}"))
