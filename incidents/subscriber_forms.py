"""What the public fills in to follow the status page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.components import components
from incidents.models import SubscriberKind


def _components() -> list[tuple[str, str]]:
    return sorted(components().items(), key=lambda pair: pair[1].casefold())


class ChoicesForm(forms.Form):
    """What somebody wants to hear of."""

    wants_incidents = forms.BooleanField(label=_("Incidents"), required=False, initial=True)
    wants_maintenance = forms.BooleanField(
        label=_("Planned maintenance"), required=False, initial=True
    )
    components = forms.MultipleChoiceField(
        label=_("Only of these components"),
        choices=_components,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them, and those to come."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields["components"].choices:  # type: ignore[attr-defined]  # a field of choices
            del self.fields["components"]

    @property
    def choices(self) -> dict[str, Any]:
        names = ("wants_incidents", "wants_maintenance")
        chosen = self.cleaned_data.get("components", [])
        return {**{name: self.cleaned_data[name] for name in names}, "components": chosen}


class SubscribeForm(ChoicesForm):
    kind = forms.ChoiceField(
        label=_("How"),
        choices=[
            (SubscriberKind.EMAIL, _("By e-mail")),
            (SubscriberKind.WEBHOOK, _("By webhook, for a program of yours")),
        ],
        initial=SubscriberKind.EMAIL,
        widget=forms.RadioSelect,
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("An e-mail address, or the https:// address that we are to call."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    field_order = ["kind", "address", "wants_incidents", "wants_maintenance", "components"]
