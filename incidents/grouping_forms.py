"""The form of grouping rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.models.grouping import LONGEST
from operations.forms.noise import LabelsField, MatchersField


def minutes(label: object, help_text: object) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,  # type: ignore[arg-type]  # lazy text
        help_text=help_text,  # type: ignore[arg-type]  # lazy text
        min_value=1,
        max_value=LONGEST,
        required=False,
    )


class GroupingRuleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    order = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=30_000,
        initial=100,
        help_text=_("The first rule that fits an alert decides."),
    )
    matchers = MatchersField(label=_("For alerts that match"), required=False)
    group_by = LabelsField(
        label=_("Together if these labels are equal"),
        required=False,
        max_length=1000,
        help_text=_("Names with commas, such as alertname, zone. Always of one service."),
    )
    window_minutes = minutes(
        _("Time window (minutes)"),
        _("How far an alert may be from the nearest one of the incident. Empty: any time."),
    )
    reopen_minutes = minutes(
        _("Reopen within (minutes)"),
        _("Of its end the same incident is reopened. Empty: a new one is opened."),
    )
    resolve_minutes = minutes(
        _("Resolve after (minutes)"),
        _("Without a firing alert. Empty: only people resolve."),
    )
    threshold_count = forms.IntegerField(
        label=_("Open from (different alerts)"), min_value=1, max_value=1000, initial=1
    )
    threshold_minutes = forms.IntegerField(
        label=_("that began within (minutes)"), min_value=1, max_value=LONGEST, initial=5
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)
