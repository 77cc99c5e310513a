"""Asking others to read a document."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.access import readers_of
from knowledge.forms import Day
from knowledge.models import Document
from portal.models import Team, User


class AskToReadForm(forms.Form):
    people = forms.ModelMultipleChoiceField(
        label=_("People"), queryset=User.objects.none(), required=False
    )
    team = forms.ModelChoiceField(
        label=_("A whole team"), queryset=Team.objects.none(), required=False
    )
    due_on = forms.DateField(label=_("To be read by"), widget=Day)
    note = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, document: Document, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {
            "people": readers_of(document).exclude(pk=user.pk),
            "team": Team.objects.visible_to(user),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # of choices
