"""Forms of heartbeats."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.cron_times import BadCron, check_cron
from operations.models import Heartbeat, RhythmKind
from operations.models.heartbeats import LONGEST, SHORTEST
from portal import clock
from portal.forms import TimeZoneField
from portal.models import Service


class HeartbeatForm(forms.ModelForm):  # type: ignore[type-arg]
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
    time_zone = TimeZoneField(
        initial="UTC", help_text=_("The clock that the cron expression goes by.")
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
        """A cron expression must mean something, where it is what counts."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("kind") != RhythmKind.CRON:
            values["cron"] = ""
        elif "cron" in values:
            try:
                check_cron(values["cron"], now=clock.now())
            except BadCron as problem:
                self.add_error("cron", forms.ValidationError(str(problem), code="bad_cron"))
        return values
