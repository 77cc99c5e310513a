"""What people fill in about the clocks and the moments of an incident."""

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.milestones import LABELS
from incidents.models import PauseReason
from operations.forms.moments import MomentField


class PauseForm(forms.Form):
    waiting_for = forms.ChoiceField(
        label=_("It waits for"),
        choices=[
            (PauseReason.VENDOR.value, _("a vendor")),
            (PauseReason.CUSTOMER.value, _("a customer")),
        ],
    )
    note = forms.CharField(
        label=_("For whom, and for what"),
        max_length=300,
        help_text=_("Such as “Card network, their ticket 4711”. It stands beside the clock."),
    )


class MilestoneForm(forms.Form):
    milestone = forms.ChoiceField(label=_("Moment"), choices=list(LABELS.items()))
    at = MomentField(label=_("When it really was"), help_text=_("By your own clock."))
    reason = forms.CharField(label=_("How that is known"), max_length=300)
