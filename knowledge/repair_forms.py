"""Forms about documents that need another look."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document, RepairReason
from knowledge.snippets import expanded
from knowledge.workflow.freshness import LONGEST_DAYS
from portal.markdown import find_steps

CHOICES_OF_PEOPLE = [
    (each.value, each.label) for each in (RepairReason.WRONG, RepairReason.MISSING)
]


class RepairForm(forms.Form):
    """What is wrong, and in which step."""

    reason = forms.ChoiceField(label=_("What is it"), choices=CHOICES_OF_PEOPLE)
    order = forms.TypedChoiceField(
        label=_("Which step"), coerce=int, empty_value=None, required=False
    )
    what = forms.CharField(
        label=_("What is wrong, or missing"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, document: Document, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body = document.published.body if document.published else ""
        steps = find_steps(expanded(body, document))
        titles = [
            (step.number, f"{step.number}. {step.text.partition(chr(10))[0][:80]}")
            for step in steps
        ]
        whole = _("None: the document as a whole")
        self.fields["order"].choices = [("", whole), *titles]  # type: ignore[attr-defined]  # a field of choices


class DismissForm(forms.Form):
    reason = forms.CharField(label=_("Why nothing is to be put right"), max_length=500)


class ResolveForm(forms.Form):
    number = forms.IntegerField(label=_("By revision"), min_value=1)
    reason = forms.CharField(label=_("Note"), max_length=500, required=False)


class AttestForm(forms.Form):
    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class IntervalForm(forms.Form):
    days = forms.IntegerField(
        label=_("Look again every (days)"), min_value=1, max_value=LONGEST_DAYS
    )


class HelpfulForm(forms.Form):
    is_helpful = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda word: word == "yes"
    )
    number = forms.IntegerField(min_value=1)
