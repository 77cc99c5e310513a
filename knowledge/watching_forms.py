"""How one follows the documents."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WatchesOwnForm(forms.Form):
    watches_own = forms.BooleanField(
        label=_("Watch what I write, comment on or review"), required=False
    )
