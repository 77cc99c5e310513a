"""What people fill in about approval policies and delegations; the verbs have the last word."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.access import ruled_services
from maintenance.forms import Moment, workers
from maintenance.models import (
    MOST_POLICY_STEPS,
    ApprovalPolicy,
    Authorisation,
    RiskLevel,
    StepMode,
    Who,
)
from maintenance.time_forms import CATEGORIES
from portal.models import Service, Team, Tier, User

WHICH = [("", _("All")), ("true", _("Emergencies only")), ("false", _("No emergencies"))]
TIERS = [(str(value), label) for value, label in Tier.choices]


def several(label: Any, choices: Iterable[tuple[Any, Any]], **more: Any) -> Any:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        **more,
    )


class PolicyForm(forms.Form):
    """Which requests a policy is for, and how long their approval holds."""

    name = forms.CharField(label=_("Name"), max_length=120)
    order = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=9999,
        initial=100,
        help_text=_("The policy with the lowest number that fits a request applies to it."),
    )
    services = forms.ModelMultipleChoiceField(
        label=_("Services"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        required=False,
        help_text=_("None chosen: all."),
    )
    categories = several(_("Categories"), CATEGORIES, help_text=_("None ticked: all."))
    risk_levels = several(_("Risk"), RiskLevel.choices, help_text=_("None ticked: any."))
    tiers = several(_("Tiers of the service"), TIERS, help_text=_("None ticked: all."))
    authorisations = several(
        _("Authorisation"), Authorisation.choices, help_text=_("None ticked: all.")
    )
    emergency = forms.ChoiceField(label=_("Emergencies"), choices=WHICH, required=False)
    may_fill_two = forms.BooleanField(
        label=_("One person may fill two steps"),
        required=False,
        help_text=_("Without this, each step needs somebody who has not voted in another."),
    )
    ttl_days = forms.IntegerField(
        label=_("An approval holds for (days)"), min_value=1, max_value=365, initial=14
    )
    grace_hours = forms.IntegerField(
        label=_("And at most until so many hours after the planned end"),
        min_value=0,
        max_value=168,
        initial=2,
    )
    escalate_after_hours = forms.IntegerField(
        label=_("Tell others after (hours)"),
        min_value=1,
        max_value=720,
        required=False,
        help_text=_("Empty: nobody else is told that a decision is late."),
    )
    escalate_to = forms.ModelChoiceField(
        label=_("Whose managers are told then"),
        queryset=Team.objects.all(),
        required=False,
        empty_label=_("Administrators"),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].queryset = ruled_services(user)  # type: ignore[attr-defined]  # a field of choices

    def clean_tiers(self) -> list[int]:
        return [int(tier) for tier in self.cleaned_data["tiers"]]

    def clean_emergency(self) -> bool | None:
        return {"true": True, "false": False}.get(self.cleaned_data["emergency"])


class StepForm(forms.Form):
    """One step; a row without a choice of whom to ask is not there."""

    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    who = forms.ChoiceField(
        label=_("Asks"), choices=[("", _("(no such step)")), *Who.choices], required=False
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), required=False, empty_label="-"
    )
    people = forms.ModelMultipleChoiceField(
        label=_("People"), queryset=User.objects.none(), required=False
    )
    number = forms.IntegerField(
        label=_("How many must agree"), min_value=1, max_value=50, required=False
    )
    percent = forms.IntegerField(
        label=_("Or how many per cent"), min_value=1, max_value=100, required=False
    )
    mode = forms.ChoiceField(label=_("Rejection"), choices=StepMode.choices, required=False)
    stage = forms.IntegerField(
        label=_("Stage"),
        min_value=1,
        max_value=9,
        initial=1,
        required=False,
        help_text=_("Steps of one stage are asked at once; a later stage waits."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["people"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        who = cleaned.get("who")
        if not who:
            return cleaned
        if who in {Who.TEAM, Who.TEAM_MANAGERS} and not cleaned.get("team"):
            self.add_error("team", _("Choose the team."))
        if who == Who.PEOPLE and not cleaned.get("people"):
            self.add_error("people", _("Choose at least one person."))
        if cleaned.get("number") and cleaned.get("percent"):
            self.add_error("percent", _("Give a number or a share, not both."))
        return cleaned

    @property
    def as_row(self) -> dict[str, Any]:
        """The step as the verbs take it."""
        said = self.cleaned_data
        percent = said.get("percent")
        return {
            **said,
            "team": said["team"].pk if said.get("team") else None,
            "people": [person.pk for person in said.get("people") or ()],
            "number": None if percent else said.get("number") or 1,
            "percent": percent,
        }


StepFormSet = forms.formset_factory(
    StepForm, extra=0, min_num=MOST_POLICY_STEPS, max_num=MOST_POLICY_STEPS, absolute_max=12
)


def steps_of(formset: Any) -> list[dict[str, Any]]:
    return [form.as_row for form in formset if form.cleaned_data.get("who")]


def initial_of(policy: ApprovalPolicy) -> dict[str, Any]:
    names = [*PolicyForm.base_fields]
    found = {name: getattr(policy, name) for name in names if name != "services"}
    found["services"] = [service.slug for service in policy.services.all()]
    found["emergency"] = {None: "", True: "true", False: "false"}[policy.emergency]
    return found


def initial_steps(steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(step) for step in steps]


class AppliesForm(forms.Form):
    """A request that there might be: which policy would apply to it?"""

    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.none(), to_field_name="slug"
    )
    category = forms.ChoiceField(label=_("Category"), choices=CATEGORIES)
    risk_level = forms.ChoiceField(
        label=_("Risk"), choices=[("", _("Not known")), *RiskLevel.choices], required=False
    )
    authorisation = forms.ChoiceField(
        label=_("Authorisation"),
        choices=Authorisation.choices,
        initial=Authorisation.NORMAL,
        required=False,
    )
    emergency = forms.BooleanField(label=_("Emergency"), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        services = Service.objects.visible_to(user).current()
        self.fields["service"].queryset = services.select_related("team")  # type: ignore[attr-defined]  # a field of choices

    def clean_authorisation(self) -> str:
        return self.cleaned_data["authorisation"] or Authorisation.NORMAL


class DelegationForm(forms.Form):
    taker = forms.ModelChoiceField(
        label=_("Who votes for you"), queryset=User.objects.none(), empty_label=_("Choose")
    )
    starts_at = forms.DateTimeField(label=_("From"), widget=Moment())
    ends_at = forms.DateTimeField(label=_("Until"), widget=Moment())
    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("Such as: on holiday. They read it.")
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["taker"].queryset = workers().exclude(pk=user.pk)  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("It must end after it starts."))
        return cleaned
