"""What users fill in to report a problem, and members to deal with what came."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.command_forms import MOMENT
from incidents.models import CLOSINGS, Harm, Incident, ReportState, StatusComponent
from incidents.models.reports import TEXT
from portal.models import User

MOST_INCIDENTS = 100
TRAP = "website"  # no person sees it


class ReportForm(forms.Form):
    """The form for everybody; only what is wrong must be said."""

    text = forms.CharField(
        label=_("What is wrong?"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What you did, what you expected, and what you saw. No passwords, please."),
    )
    harm = forms.ChoiceField(
        label=_("How bad is it for you?"),
        choices=Harm.choices,
        initial=Harm.SLOW,
        widget=forms.RadioSelect,
    )
    component = forms.ModelChoiceField(
        queryset=StatusComponent.objects.none(),
        to_field_name="slug",
        label=_("Where is it?"),
        required=False,
        empty_label=_("I do not know"),
        error_messages={"invalid_choice": _("This page has no such component. Choose again.")},
    )
    began_at = forms.DateTimeField(
        label=_("When did it begin?"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    address = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        required=False,
        help_text=_("Only if you want an answer. It is kept encrypted, and erased afterwards."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        max_length=TEXT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["component"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = StatusComponent.objects.for_the_public().in_order()
        self.fields["began_at"].help_text = _("In the time of %(zone)s.") % {"zone": zone}

    @property
    def said(self) -> dict[str, Any]:
        """What the verb is told."""
        names = ["text", "harm", "component", "began_at", "address"]
        said = {name: self.cleaned_data[name] for name in names}
        return said | {"is_trapped": bool(self.cleaned_data[TRAP])}


class IncidentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in its stubs alone
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.service.name})"


class JoinForm(forms.Form):
    """Which open incident; of those that the person may know of."""

    incident = IncidentChoice(
        queryset=Incident.objects.none(),
        label=_("Open incident"),
        empty_label=_("Choose an incident"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["incident"]
        assert isinstance(field, forms.ModelChoiceField)
        open_ones = Incident.objects.visible_to(user).unresolved().select_related("service")
        field.queryset = open_ones.order_by("severity", "-detected_at")


class JoinOneForm(JoinForm):
    with_others = forms.BooleanField(
        label=_("Also the others that were reported with it"), required=False, initial=True
    )


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How it ends"),
        choices=[(each.value, ReportState(each).label) for each in CLOSINGS],
        initial=ReportState.ANSWERED,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What the reporter reads"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sent to whoever left an address, and shown on the page of the report."),
    )


class ChosenReportsForm(forms.Form):
    report = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = self.data.getlist("report") if hasattr(self.data, "getlist") else []
        field = self.fields["report"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(pk, pk) for pk in said[:200] if pk.isdigit() and len(pk) < 19]
