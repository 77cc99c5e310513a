"""What people fill in about standard changes; the verbs have the last word."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.access import own_services
from maintenance.forms import Moment, rows, workers
from maintenance.models import FIXED, Category
from maintenance.models.standards import LONGEST_IMPACT
from portal.models import Service, User

LONGEST = 7 * 24 * 60  # minutes


class StandardForm(forms.Form):
    """The fixed fields of a version; with `user` also whose change it is."""

    name = forms.CharField(label=_("Name of the standard change"), max_length=120)
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("Choose a service"),
    )
    title = forms.CharField(
        label=_("Title of its requests"), max_length=200, help_text=_("All have this one.")
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    plan = forms.CharField(label=_("Plan"), max_length=20000, widget=rows(8))
    test_evidence = forms.CharField(
        label=_("Test evidence"), max_length=5000, required=False, widget=rows(3)
    )
    rollback_plan = forms.CharField(label=_("Rollback plan"), max_length=10000, widget=rows(4))
    impact = forms.CharField(
        label=_("What it touches"),
        max_length=LONGEST_IMPACT,
        widget=rows(3),
        help_text=_("Services, data, interfaces, documents, users; or why nothing."),
    )
    environment = forms.CharField(label=_("Environment"), max_length=40, initial="production")
    prepare_minutes = forms.IntegerField(
        label=_("Preparation (minutes)"), min_value=0, max_value=LONGEST, required=False
    )
    rollback_minutes = forms.IntegerField(
        label=_("Time to roll back (minutes)"), min_value=0, max_value=LONGEST, required=False
    )
    valid_days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=1,
        max_value=730,
        initial=365,
        help_text=_("From its approval; after that it is proposed again."),
    )
    message = forms.CharField(
        label=_("Why it may go without a vote"),
        max_length=300,
        required=False,
        help_text=_("What makes it safe; for a next version, what changed."),
    )

    def __init__(self, *args: Any, user: User | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if user is None:
            del self.fields["name"], self.fields["service"]
        else:
            self.fields["service"].queryset = own_services(user)  # type: ignore[attr-defined]  # a field of choices

    @property
    def said(self) -> dict[str, Any]:
        """What the verbs take."""
        told = dict(self.cleaned_data)
        fixed = {name: told.pop(name) for name in (*FIXED, "impact")}
        for name, value in fixed.items():
            if isinstance(value, str):
                fixed[name] = value.replace("\r\n", "\n").strip()
            elif value is None:
                fixed[name] = 0
        return {**told, "fixed": fixed}


class UseForm(forms.Form):
    """What is free in a request from a standard change."""

    reason = forms.CharField(label=_("Why now"), max_length=5000, widget=rows(2))
    planned_start = forms.DateTimeField(
        label=_("Planned start"), required=False, widget=Moment()
    )
    planned_end = forms.DateTimeField(label=_("Planned end"), required=False, widget=Moment())
    implementer = forms.ModelChoiceField(
        label=_("Who is to carry it out"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Not decided"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["implementer"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        start = self.cleaned_data.get("planned_start")
        end = self.cleaned_data.get("planned_end")
        if bool(start) != bool(end):
            missing = "planned_end" if start else "planned_start"
            self.add_error(missing, _("Give both ends of the planned time, or neither."))
        elif start and end and end <= start:
            self.add_error("planned_end", _("It must end after it starts."))
        return self.cleaned_data


class DecideForm(forms.Form):
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Remark"), max_length=500, required=False)


class TurnDownForm(forms.Form):
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=500)


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)
