"""What people fill in about how they and their channels are reached."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.models import Channel, ContactKind, ContactMethod, NotificationRule, Team, Urgency
from portal.models.reaching import LONGEST_DELAY


def minutes(**options: Any) -> forms.IntegerField:
    options.setdefault("label", _("After minutes"))
    return forms.IntegerField(min_value=0, max_value=LONGEST_DELAY, initial=0, **options)


class ContactForm(forms.ModelForm):
    destination = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "An e-mail address, or an Apprise address that begins as in slack:// or pover://. "
            "It is kept encrypted and shown masked."
        ),
    )
    for_high = forms.BooleanField(
        label=_("Use it for what may wake me"), required=False, initial=True
    )
    for_low = forms.BooleanField(label=_("Use it for what can wait"), required=False)
    after_minutes = minutes(
        help_text=_("How long after the message fell due, while nobody has acknowledged."),
    )

    class Meta:
        model = ContactMethod
        fields = ["kind", "label", "destination"]

    field_order = ["kind", "destination", "label", "for_high", "for_low", "after_minutes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = ContactKind.EMAIL


class ContactLabelForm(forms.ModelForm):
    """What may change of a way to reach somebody; another address is another way."""

    class Meta:
        model = ContactMethod
        fields = ["label"]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("The six digits of the newest test message."),
    )


class RuleForm(forms.ModelForm):
    """A step of a chain; without a way of their own, the sign-in address."""

    after_minutes = minutes()

    class Meta:
        model = NotificationRule
        fields = ["after_minutes", "contact"]

    def __init__(self, *args: Any, ways: QuerySet[ContactMethod], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ways
        field.empty_label = str(_("Sign-in address"))


class NewRuleForm(RuleForm):
    class Meta(RuleForm.Meta):
        fields = ["urgency", "after_minutes", "contact"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["urgency"].initial = Urgency.HIGH


class QuietHoursForm(forms.Form):
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Leave both empty for no quiet hours."),
    )


class ChannelForm(forms.ModelForm):
    """A new channel; which teams there are to choose from says who asks."""

    destination = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_(
            "An e-mail address, an Apprise address such as slack:// or mmosts://, or the "
            "https:// address of a program. It is kept encrypted and shown masked."
        ),
    )

    class Meta:
        model = Channel
        fields = ["name", "team", "kind", "destination"]

    def __init__(
        self, *args: Any, teams: QuerySet[Team], for_everybody: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams
        field.required = not for_everybody
        field.empty_label = str(_("Everybody")) if for_everybody else field.empty_label


class ChannelChangeForm(ChannelForm):
    """A channel that there is: its kind stays, and its address unless another is given."""

    class Meta(ChannelForm.Meta):
        fields = ["name", "team", "destination"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["destination"].required = False
        self.initial["destination"] = ""
        self.fields["destination"].help_text = _("Leave it empty to keep the address.")
