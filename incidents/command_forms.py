"""What people fill in about who does what in an incident, and whom it reaches."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.models import Answer, Core, Incident, Role, Users
from incidents.severity_questions import QUESTIONS
from operations.models import Severity
from portal.models import Access, Service, User

MOMENT = "%Y-%m-%dT%H:%M"


def workers() -> Any:
    """Who can work here; read anew for each form."""
    workers = [Access.MEMBER, Access.ADMINISTRATOR]
    return User.objects.filter(is_active=True, access__in=workers).order_by("name")


def share_people(*fields: forms.Field) -> None:
    """Let fields that offer the same people read them once."""
    people = [(person.pk, person.name) for person in workers()]
    for field in fields:
        assert isinstance(field, forms.ModelChoiceField)
        field.choices = [("", field.empty_label), *people]


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    person = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Person"), empty_label=_("Choose a person")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workers()


class HandOverForm(forms.Form):
    """To whom, and who was seen to have it."""

    person = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Person"), empty_label=_("Choose a person")
    )
    before = forms.ModelChoiceField(
        queryset=User.objects.all(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workers()


class HeldRoleForm(forms.Form):
    """Names a role, as the buttons beside it do."""

    role = forms.ChoiceField(choices=Role.choices)


class TaskForm(forms.Form):
    text = forms.CharField(label=_("What is to be done"), max_length=300)
    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=_("By whom"),
        required=False,
        empty_label=_("Whoever takes it"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workers()


class ImpactForm(forms.Form):
    impact = forms.CharField(
        label=_("Who is affected, and how"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    impact_started_at = _moment(_("Users felt it from"))
    impact_ended_at = _moment(_("Until"), _("Empty while they still do."))


class AffectedForm(forms.Form):
    service = forms.ModelChoiceField(
        queryset=Service.objects.current(),
        to_field_name="slug",
        label=_("Service"),
        empty_label=_("Choose a service"),
    )
    impact = forms.CharField(label=_("How its users feel it"), max_length=500, required=False)
    started_at = _moment(_("From"))
    ended_at = _moment(_("Until"), _("Empty while they still do."))


class ServiceForm(forms.Form):
    service = forms.ModelChoiceField(queryset=Service.objects.all(), to_field_name="slug")


class QuestionsForm(forms.Form):
    """The five questions that lead to a severity; each may stay open."""

    users = forms.ChoiceField(
        label=_("How many users are affected?"),
        choices=Users.choices,
        initial=Users.UNKNOWN,
        required=False,
    )
    core = forms.ChoiceField(
        label=_("Is core functionality impacted?"),
        choices=Core.choices,
        initial=Core.UNKNOWN,
        required=False,
    )
    data_at_risk = forms.ChoiceField(
        label=_("Is data at risk?"),
        choices=Answer.choices,
        initial=Answer.UNKNOWN,
        required=False,
    )
    sla = forms.ChoiceField(
        label=_("Are SLAs breached?"),
        choices=Answer.choices,
        initial=Answer.UNKNOWN,
        required=False,
    )
    security = forms.ChoiceField(
        label=_("Is security compromised?"),
        choices=Answer.choices,
        initial=Answer.UNKNOWN,
        required=False,
    )

    @property
    def answers(self) -> dict[str, str]:
        """What was answered; a question left out is not known yet."""
        return {name: self.cleaned_data.get(name) or "unknown" for name in QUESTIONS}

    @property
    def is_answered(self) -> bool:
        return any(answer != "unknown" for answer in self.answers.values())


class AssessForm(QuestionsForm):
    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[
            ("", _("Leave it as it is")),
            *((each.value, each.label) for each in Severity),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )


class PrivacyForm(forms.Form):
    is_private = forms.BooleanField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=Incident.objects.none(),
        label=_("Of which it is a part"),
        empty_label=_("Choose an open incident"),
    )
    reason = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, user: User, other_than: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)
        seen = Incident.objects.visible_to(user).unresolved()
        field.queryset = seen.exclude(pk__in=other_than).order_by("severity", "-detected_at")
