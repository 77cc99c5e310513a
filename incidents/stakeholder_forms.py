"""The forms of the directory of stakeholders, and of a message to them."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.models import MessageTemplate, StakeholderGroup
from operations.models import Severity
from portal.models import Access, Service, User


def _severities() -> list[tuple[int, str]]:
    return [(severity.value, severity.name) for severity in Severity]


class GroupForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("What for"), max_length=300, required=False)
    severities = forms.TypedMultipleChoiceField(
        label=_("Told of"),
        choices=_severities,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=[0, 1],
    )
    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.current(),
        label=_("Of these services"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: of every service."),
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)


class StakeholderForm(forms.Form):
    person = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=_("Member"),
        required=False,
        empty_label=_("Somebody from outside"),
        help_text=_("Members are written to as they set it up themselves."),
    )
    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=20,
        required=False,
        help_text=_("With its country, such as +41791234567."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    groups = forms.ModelMultipleChoiceField(
        queryset=StakeholderGroup.objects.all(),
        label=_("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _members()


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(
        label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8})
    )
    sms = forms.CharField(
        label=_("SMS"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    order = forms.IntegerField(label=_("Order"), min_value=0, max_value=30_000, initial=100)


class RuleForm(forms.Form):
    by_email = forms.BooleanField(label=_("By e-mail"), required=False)
    by_sms = forms.BooleanField(label=_("By SMS"), required=False)
    within_minutes = forms.IntegerField(
        label=_("Within (minutes)"),
        min_value=1,
        max_value=7 * 24 * 60,
        required=False,
        help_text=_("Of detection. Empty: only the status page is updated."),
    )
    template = forms.ModelChoiceField(
        queryset=MessageTemplate.objects.all(),
        label=_("First message, sent by itself"),
        required=False,
        empty_label=_("None: people write it"),
    )


class ServiceRuleForm(RuleForm):
    severity = forms.TypedChoiceField(label=_("Severity"), choices=_severities, coerce=int)
    field_order = ["severity", "by_email", "by_sms", "within_minutes", "template"]


class TellForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(
        label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 7})
    )
    sms = forms.CharField(
        label=_("SMS"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What matters, in 300 characters at most."),
    )
    template = forms.ModelChoiceField(
        queryset=MessageTemplate.objects.all(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, with_sms: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_sms:
            del self.fields["sms"]

    @property
    def words(self) -> dict[str, Any]:
        names = ("subject", "text", "sms", "template")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


def _members() -> QuerySet[User]:
    return User.objects.filter(is_active=True).exclude(access=Access.NONE).order_by("name")
