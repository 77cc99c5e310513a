"""What people fill in about escalation policies; the verbs have the last word."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.drawing import Rung, Target
from incidents.models import EscalationPolicy, PolicyStep, ServiceEscalation, Strategy
from incidents.models.escalation import LONGEST_DELAY
from incidents.policy_fields import CLOSED, NAMED, OPEN, OWN, QUEUE, initial_of
from operations.models import WEEKDAYS, BusinessHours, Schedule, Severity
from portal.forms import TimeZoneField
from portal.models import Access, Channel, Team, User

WORKING = [Access.MEMBER, Access.ADMINISTRATOR]
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class PolicyForm(forms.ModelForm):
    class Meta:
        model = EscalationPolicy
        fields = ["name", "repeat_count", "last_resort"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["last_resort"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _working(self.instance.last_resort_id)
        field.empty_label = str(_("The administrators"))


class NewPolicyForm(PolicyForm):
    """Whose it is cannot be changed later."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, label=_("Kept by")
    )
    field_order = ["name", "team"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        if user.is_administrator:
            field.queryset = Team.objects.all()
            field.empty_label = str(_("The house: its administrators"))
        else:
            field.queryset = Team.objects.of(user)
            field.required = True
            field.empty_label = str(_("Choose a team"))


class ServiceEscalationForm(forms.ModelForm):
    class Meta:
        model = ServiceEscalation
        fields = ["policy", "pages_always"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["policy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.empty_label = str(_("That of its team, or else the house's"))


class StepForm(forms.Form):
    """One step: whom it tells, how long it waits, and on what conditions."""

    own_on_call = forms.BooleanField(
        label=_("Whoever is on call for the owner team"), required=False
    )
    own_managers = forms.BooleanField(label=_("The managers of the owner team"), required=False)
    own_team = forms.BooleanField(label=_("Everybody in the owner team"), required=False)
    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), required=False, label=_("People")
    )
    schedules = forms.ModelMultipleChoiceField(
        queryset=Schedule.objects.none(),
        required=False,
        label=_("On call on"),
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(),
        required=False,
        label=_("Everybody in"),
        widget=forms.CheckboxSelectMultiple,
    )
    managers_of = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(),
        required=False,
        label=_("The managers of"),
        widget=forms.CheckboxSelectMultiple,
    )
    channels = forms.ModelMultipleChoiceField(
        queryset=Channel.objects.none(),
        required=False,
        label=_("Channels"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Rooms, lists and webhooks; they are told besides and cannot answer."),
    )
    strategy = forms.ChoiceField(label=_("Who of them"), choices=Strategy.choices)
    delay_minutes = forms.IntegerField(
        label=_("Minutes to wait for an answer"),
        min_value=0,
        max_value=LONGEST_DELAY,
        initial=5,
        help_text=_("Then the next step is taken."),
    )
    severities = forms.TypedMultipleChoiceField(
        label=_("Only for"),
        choices=Severity.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: for every severity."),
    )
    business = forms.ChoiceField(
        label=_("Business hours"),
        required=False,
        choices=[
            ("", _("At any time")),
            (OPEN, _("Only within business hours")),
            (CLOSED, _("Only outside business hours")),
            (QUEUE, _("Waits until business hours begin")),
        ],
    )
    hours = forms.ModelChoiceField(
        queryset=BusinessHours.objects.none(),
        required=False,
        label=_("Whose business hours"),
        empty_label=_("Those of the service"),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With the times below; none chosen: on every day, at any time."),
    )
    hours_from = forms.TimeField(label=_("From"), required=False, widget=TIME)
    hours_until = forms.TimeField(
        label=_("Until"),
        required=False,
        widget=TIME,
        help_text=_("Earlier than “From” means the next day."),
    )
    zone = TimeZoneField(required=False, initial="UTC")
    not_at_night = forms.BooleanField(
        label=_("Leave out those for whom it is night (22:00 to 07:00)"), required=False
    )
    volume_alerts = forms.IntegerField(
        label=_("Only from this many alerts"), min_value=1, max_value=1000, required=False
    )
    volume_minutes = forms.IntegerField(
        label=_("within minutes"), min_value=1, max_value=1440, required=False
    )

    def __init__(self, *args: Any, step: PolicyStep | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {} if step is None else initial_of(step))
        super().__init__(*args, **kwargs)
        chosen = self.initial.get("people", [])
        self._offer("people", _working(*chosen))
        self._offer(
            "schedules", Schedule.objects.filter(retired_at=None).select_related("team")
        )
        self._offer("teams", Team.objects.all())
        self._offer("managers_of", Team.objects.all())
        self._offer("channels", Channel.objects.filter(is_active=True))
        self._offer("hours", BusinessHours.objects.select_related("team", "service"))

    def _offer(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("volume_alerts")) != bool(cleaned.get("volume_minutes")):
            self.add_error("volume_minutes", _("Say both how many and within how long."))
        times = [cleaned.get(name) for name in ("hours_from", "hours_until")]
        if cleaned.get("weekdays") and None in times:
            self.add_error("hours_from", _("Say from when until when on these days."))
        if not self.errors and not self._targets():
            raise forms.ValidationError(_("Choose whom this step is to tell."), "no_target")
        return cleaned

    @property
    def whom_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in (*OWN, "people")]

    @property
    def elsewhere_fields(self) -> list[forms.BoundField]:
        """What is not of the owner team, where there is anything to choose from."""
        found = []
        for name in NAMED:
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            if name != "people" and field.queryset is not None and field.queryset.exists():
                found.append(self[name])
        return found

    @property
    def is_elsewhere(self) -> bool:
        names = {*NAMED} - {"people"}
        return any(self.initial.get(name) or self.data.get(name) for name in names)

    @property
    def how_fields(self) -> list[forms.BoundField]:
        return [self["strategy"], self["delay_minutes"]]

    @property
    def when_fields(self) -> list[forms.BoundField]:
        said = {*OWN, *NAMED, "strategy", "delay_minutes"}
        return [self[name] for name in self.fields if name not in said]

    @property
    def has_conditions(self) -> bool:
        """Whether the folded part holds something to read: a choice or an error."""
        names = {field.name for field in self.when_fields} - {"zone"}
        return any(self.initial.get(name) for name in names) or bool(names & set(self.errors))

    def rung(self) -> Rung:
        return Rung(
            targets=self._targets(),
            delay_minutes=self.cleaned_data["delay_minutes"],
            strategy=self.cleaned_data["strategy"],
            conditions=self._conditions(),
        )

    def _targets(self) -> list[Target]:
        own = [Target(kind) for name, kind in OWN.items() if self.cleaned_data.get(name)]
        named = [
            Target(kind, row)
            for name, kind in NAMED.items()
            for row in self.cleaned_data.get(name, ())
        ]
        return [*own, *named]

    def _conditions(self) -> list[dict[str, Any]]:
        said = self.cleaned_data
        made: list[dict[str, Any]] = []
        if said["severities"]:
            made.append({"kind": "severity", "severities": sorted(said["severities"])})
        if said["business"]:
            made.append(_business(said))
        if said["weekdays"]:
            made.append(
                {
                    "kind": "hours",
                    "zone": said["zone"] or "UTC",
                    "weekdays": sorted(said["weekdays"]),
                    "from": f"{said['hours_from']:%H:%M}",
                    "until": f"{said['hours_until']:%H:%M}",
                    "inside": True,
                }
            )
        if said["not_at_night"]:
            made.append({"kind": "night"})
        if said["volume_alerts"]:
            counted = {"alerts": said["volume_alerts"], "minutes": said["volume_minutes"]}
            made.append({"kind": "volume", **counted})
        return made


def _business(said: dict[str, Any]) -> dict[str, Any]:
    hours = said["hours"].pk if said["hours"] else None
    if said["business"] == QUEUE:
        return {"kind": "queue", "hours": hours}
    return {"kind": "calendar", "hours": hours, "open": said["business"] == OPEN}


def _working(*also: int | None) -> Any:
    """Those who can be told, and those who are chosen already."""
    able = Q(is_active=True, access__in=WORKING)
    return User.objects.filter(able | Q(pk__in=[pk for pk in also if pk])).order_by("name")
