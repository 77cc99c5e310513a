"""Forms of spaces: their rules, and who is named in them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.models import Space, SpaceMay
from knowledge.writing import LinkedArea
from portal.access import teams_to_own
from portal.models import Team, User


class SpaceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    class Meta:
        model = Space
        fields = [
            *("name", "description", "team", "reading", "writing", "reviewing"),
            "approvals_needed",
        ]
        widgets = {
            "description": LinkedArea(attrs={"rows": 3}),
            "reading": forms.RadioSelect,
            "writing": forms.RadioSelect,
            "reviewing": forms.RadioSelect,
        }
        help_texts = {
            "team": _("Its managers say who reads and writes here."),
            "approvals_needed": _("How many others have to approve what is reviewed."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams_to_own(user, self.instance.team)
        field.required = not user.is_administrator
        field.empty_label = _("None: administrators manage it")


class GrantForm(forms.Form):
    """A team or a person, and what they may."""

    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), required=False, empty_label=_("None")
    )
    person = forms.ModelChoiceField(
        label=_("Or a person"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        empty_label=_("None"),
    )
    may = forms.ChoiceField(label=_("May"), choices=SpaceMay.choices)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and bool(said.get("team")) == bool(said.get("person")):
            self.add_error("team", _("Choose a team or a person, one of them."))
        return said

    @property
    def to(self) -> User | Team:
        found: User | Team = self.cleaned_data["team"] or self.cleaned_data["person"]
        return found
