"""What people say about many requests at once; each row answers on its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.forms import workers
from operations.models import Severity
from portal.models import User

MOST_CHOSEN = 200
ACTIONS = [
    ("assess", _("Take them up for assessment")),
    ("priority", _("Set the priority")),
    ("implementer", _("Name who carries them out")),
    ("cancel", _("Cancel them for good")),
    ("reject", _("Reject them")),
]
NEEDED = {
    "priority": "priority",
    "implementer": "implementer",
    "cancel": "reason",
    "reject": "reason",
}


class TriageForm(forms.Form):
    chosen = forms.TypedMultipleChoiceField(
        coerce=int,
        label=_("Requests"),
        error_messages={"required": _("Choose at least one request.")},
    )
    action = forms.ChoiceField(label=_("Do with the chosen"), choices=ACTIONS)
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[("", _("Not chosen")), *Severity.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    implementer = forms.ModelChoiceField(
        label=_("Who is to carry it out"), queryset=User.objects.none(), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sent = self.data.getlist("chosen") if hasattr(self.data, "getlist") else []
        self.fields["chosen"].choices = [  # type: ignore[attr-defined]  # a field of choices
            (pk, pk) for pk in sent[:MOST_CHOSEN] if pk.isdigit() and len(pk) < 19
        ]
        self.fields["implementer"].queryset = workers()  # type: ignore[attr-defined]  # a field of choices

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        name = NEEDED.get(said.get("action", ""), "")
        if name and name not in self.errors and said.get(name) in (None, ""):
            self.add_error(name, _("This field is required."))
        return said


class RankForm(forms.Form):
    move = forms.ChoiceField(
        choices=[(move, move) for move in ("up", "down", "top", "before", "after")]
    )
    other = forms.IntegerField(required=False, min_value=1, max_value=10**18)
