"""Forms of silences, inhibition rules, flap damping, and of what is done to several alerts."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from operations import matchers, weekly
from operations.forms.moments import MomentField
from operations.models import NoiseSettings
from portal import clock
from portal.forms import TimeZoneField
from portal.models import Service, Team, User

LENGTHS = [
    (1, _("1 hour")),
    (4, _("4 hours")),
    (12, _("12 hours")),
    (24, _("1 day")),
    (72, _("3 days")),
    (168, _("1 week")),
]
LONGEST = 10_000  # characters


class MatchersField(forms.CharField):
    """Matchers as people type them; the value is the list that the verbs take."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", _('Such as alertname="HighLoad", zone=~"eu-.*". All must hold.')
        )
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "mono"})
        super().__init__(widget=widget, max_length=LONGEST, **options)

    def to_python(self, value: Any) -> Any:
        return matchers.parse(super().to_python(value) or "")

    def run_validators(self, value: Any) -> None:
        """Parsed already; the validators of a text do not fit a list."""

    def prepare_value(self, value: Any) -> Any:
        return matchers.text(value) if isinstance(value, list) else value


class LabelsField(forms.CharField):
    """Names of labels, separated by commas or spaces."""

    def to_python(self, value: Any) -> Any:
        return str(super().to_python(value) or "").replace(",", " ").split()

    def run_validators(self, value: Any) -> None:
        """Split already; the verb says which names are none."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class WeeklyField(forms.CharField):
    """Weekly hours, one range on a line."""

    def to_python(self, value: Any) -> Any:
        return weekly.parse(super().to_python(value) or "")

    def run_validators(self, value: Any) -> None:
        """Parsed already."""

    def prepare_value(self, value: Any) -> Any:
        return weekly.text(value) if isinstance(value, list) else value


class SilenceForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("What is going on; it stands beside every alert that is held."),
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.none(),
        to_field_name="slug",
        help_text=_("Only alerts of its services are held."),
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
        help_text=_("None chosen: all of the team; then at least one matcher is needed."),
    )
    matchers = MatchersField(label=_("Matchers"), required=False)
    starts_at = MomentField(label=_("From"), required=False, help_text=_("Empty: now."))
    ends_at = MomentField(label=_("Until"))
    weekly = WeeklyField(
        label=_("Only at these hours"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Mon-Fri 22:00-06:00"}),
        help_text=_("Every week until the end; one range on a line. Empty: all the time."),
    )
    time_zone = TimeZoneField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        everything = user.is_administrator
        teams = Team.objects.all() if everything else Team.objects.of(user)
        team, services = self.fields["team"], self.fields["services"]
        assert isinstance(team, forms.ModelChoiceField)
        assert isinstance(services, forms.ModelMultipleChoiceField)
        team.queryset = teams
        team.required = not everything
        team.empty_label = _("Every team") if everything else _("Choose a team")
        services.queryset = Service.objects.current().filter(team__in=teams)
        self.fields["time_zone"].initial = user.time_zone

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or "UTC"

    def clean(self) -> dict[str, Any]:
        start = self.cleaned_data.get("starts_at") or clock.now()
        end = self.cleaned_data.get("ends_at")
        if end and end <= start:
            self.add_error("ends_at", _("A silence must end after it starts."))
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        """What the verbs take; an empty start is theirs to fill in."""
        said = dict(self.cleaned_data)
        if not said.get("starts_at"):
            said.pop("starts_at", None)
        return said


class ExtendForm(forms.Form):
    hours = forms.TypedChoiceField(label=_("Longer by"), choices=LENGTHS, coerce=int)

    @property
    def longer_by(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["hours"])


class InhibitionForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    source_matchers = MatchersField(label=_("While an alert fires that matches"))
    target_matchers = MatchersField(label=_("mute those that match"))
    equal = LabelsField(
        label=_("if these labels are equal"),
        required=False,
        max_length=1000,
        help_text=_("Names with commas, such as zone, node. A missing label is an empty one."),
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)


class NoiseSettingsForm(forms.ModelForm):
    class Meta:
        model = NoiseSettings
        fields = ["flap_changes", "flap_minutes", "remind_minutes", "roll_up_from"]


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Why it is over although its monitor says that it fires."),
    )


class QuietForm(forms.Form):
    """Silence these very alerts."""

    hours = forms.TypedChoiceField(label=_("For"), choices=LENGTHS, coerce=int)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    @property
    def ends_at(self) -> datetime:
        return clock.now() + timedelta(hours=self.cleaned_data["hours"])
