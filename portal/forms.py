"""What people fill in on the ground floor; the verbs have the last word."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.models import (
    Access,
    Scope,
    Service,
    ServiceLink,
    Team,
    TeamRole,
    User,
    Webhook,
    zone_names,
)
from portal.sign_in import is_locked
from portal.writing import MarkdownArea

T = TypeVar("T")

SELECTED = SafeString(" selected")


def attempt(form: forms.BaseForm, verb: Callable[[], T]) -> T | None:
    """
    Run the verb if the form is right; return what it returned, or None.

    What the verb finds wrong with a field is shown at that field, as the form's own errors.
    """
    if not form.is_valid():
        return None
    try:
        return verb()
    except ValidationError as error:
        _show(form, error)
        return None


def _show(form: forms.BaseForm, error: ValidationError) -> None:
    wrong = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
    for name, errors in wrong.items():
        form.add_error(name if name in form.fields else None, errors)


def zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]


class LongSelect(forms.Select):
    """A list of hundreds of choices, without a template for each of them."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if key == value else "", label) for key, label in self.choices),
        )
        given = self.build_attrs(self.attrs, attrs) | {"name": name}
        return format_html("<select{}>{}</select>", flatatt(given), options)


class TimeZoneField(forms.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(choices=zones, widget=LongSelect, label=_("Time zone"), **options)


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together."),
        "inactive": _("This account is not active."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True}
        )

    def get_invalid_login_error(self) -> ValidationError:
        if is_locked(self.cleaned_data.get("username") or ""):
            return ValidationError(
                _("Too many wrong passwords for this address. Try again in 15 minutes."),
                "locked",
            )
        return ValidationError(self.error_messages["invalid_login"], "invalid_login")


class SetUpForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150)
    email = forms.EmailField(label=_("Your e-mail address"), max_length=254)
    password = forms.CharField(
        label=_("A password"),
        help_text=_("At least 8 characters, not all digits, and not a common one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    team_name = forms.CharField(
        label=_("Your first team"),
        help_text=_("Those who answer for services together. You will be its manager."),
        max_length=100,
    )
    service_name = forms.CharField(
        label=_("Your first service"),
        help_text=_("Something people rely on, such as “Checkout” or “Mail”."),
        max_length=100,
    )


class InviteForm(forms.ModelForm):
    time_zone = TimeZoneField(initial="UTC")

    class Meta:
        model = User
        fields = ["name", "email", "access", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["access"].initial = Access.MEMBER

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ProfileForm(forms.ModelForm):
    time_zone = TimeZoneField()

    class Meta:
        model = User
        fields = ["name", "time_zone", "locale", "works_from", "works_until"]
        widgets = {
            "works_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "works_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    locale = forms.ChoiceField(label=_("Language"), choices=[("en", _("English"))])


class AccessForm(forms.Form):
    access = forms.ChoiceField(
        label=_("Access"),
        choices=[(access.value, access.label.partition(":")[0]) for access in Access],
        help_text=_(
            "Viewers read everything; members work in their teams; administrators set up."
        ),
    )


class TeamForm(forms.ModelForm):
    time_zone = TimeZoneField(initial="UTC")

    class Meta:
        model = Team
        fields = ["name", "description", "time_zone"]
        widgets = {"description": MarkdownArea(attrs={"rows": 3})}


class MemberForm(forms.Form):
    person = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Person"))
    role = forms.ChoiceField(label=_("Role"), choices=TeamRole.choices)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=TeamRole.choices)


class ServiceForm(forms.ModelForm):
    class Meta:
        model = Service
        fields = [
            "name",
            "team",
            "tier",
            "description",
            "availability_objective",
            "is_public",
        ]
        widgets = {"description": MarkdownArea(attrs={"rows": 4})}

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams


class LinkForm(forms.ModelForm):
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")

    class Meta:
        model = ServiceLink
        fields = ["label", "url"]


class LabelForm(forms.Form):
    name = forms.CharField(label=_("Label name"), max_length=100)
    value = forms.CharField(label=_("Label value"), max_length=200)


class DependencyForm(forms.Form):
    needs = forms.ModelChoiceField(
        queryset=Service.objects.none(), label=_("Needs"), to_field_name="slug"
    )

    def __init__(self, *args: Any, services: QuerySet[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["needs"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What will use it, such as “CI”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
    )
    days = forms.TypedChoiceField(
        label=_("Ends after"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("365 days"))],
        coerce=int,
        initial=90,
    )

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])


class WebhookForm(forms.ModelForm):
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    kinds = forms.CharField(
        label=_("Kinds of event"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One on a line, such as incident.opened or incident.*; empty means every kind."
        ),
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "kinds"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["kinds"] = "\n".join(self.instance.kinds)

    def clean_kinds(self) -> list[str]:
        return str(self.cleaned_data["kinds"]).replace(",", " ").split()
