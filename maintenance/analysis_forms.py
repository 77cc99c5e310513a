"""What people fill in of an analysis; nothing is asked for twice, and all may stay empty."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maintenance.analysis_words import proposed_kind
from maintenance.forms import rows
from maintenance.models import (
    Category,
    MaintenanceRequest,
    Reproduced,
    RequestKind,
    Weight,
    analysis_of,
)
from maintenance.workflow.analysis import RISK, WORDS
from maintenance.workflow.digest import digest_of

UNSAID = ("", _("Not said yet"))


def weight(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[UNSAID, *Weight.choices],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=help_text,
    )


def words(label: Any, help_text: Any = "", *, longest: int = 3000) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=False, widget=rows(2), help_text=help_text
    )


class AnalysisForm(forms.Form):
    """The analysis of `request`; a repair is also asked whether it was reproduced."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen_plan = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Problem or enhancement"), required=False)
    reproduced = forms.ChoiceField(
        label=_("Reproduced"), choices=[UNSAID, *Reproduced.choices], required=False
    )
    reproduced_how = words(_("How, or why not"))
    impact_services = words(_("Services"), _("Which services notice it, and what they notice."))
    impact_data = words(_("Data"), _("What is written, moved or lost; migrations."))
    impact_interfaces = words(_("Interfaces"), _("What others call or read, and how."))
    impact_documents = words(_("Documents"), _("Runbooks, manuals, contracts."))
    impact_users = words(_("Users"), _("What they see, and whether they must be told."))
    options = words(
        _("Options considered"),
        _("Other ways, doing nothing among them, and why not those."),
        longest=5000,
    )
    risk_impact = weight(_("Risk: impact"), _("If it goes wrong, how much is lost?"))
    risk_likelihood = weight(_("Risk: likelihood"), _("How likely is it to go wrong?"))
    delay_cost = weight(_("If it is not done"), _("How much is lost by leaving it?"))
    effort_hours = forms.DecimalField(
        label=_("Effort (hours)"),
        min_value=Decimal("0.1"),
        max_digits=6,
        decimal_places=1,
        required=False,
    )
    effort_points = forms.IntegerField(
        label=_("Effort (points)"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=_("Hours or points, as your team counts."),
    )

    groups = (
        (_("What it is"), ("kind", "reproduced", "reproduced_how")),
        (
            _("What it touches"),
            (
                *("impact_services", "impact_data", "impact_interfaces"),
                *("impact_documents", "impact_users"),
            ),
        ),
        (_("Ways to do it"), ("options",)),
        (
            _("Risk and effort"),
            (
                *("risk_impact", "risk_likelihood", "delay_cost"),
                *("effort_hours", "effort_points"),
            ),
        ),
    )

    def __init__(self, data: Any = None, *, request: MaintenanceRequest) -> None:
        known = analysis_of(request)
        initial = {name: getattr(known, name) for name in WORDS}
        initial |= {name: getattr(request, name) for name in RISK}
        initial |= {"seen": known.edits, "seen_plan": digest_of(request)}
        super().__init__(data, initial=initial)
        proposed = _("As the category says: %(kind)s") % {"kind": proposed_kind(request)}
        self.fields["kind"].choices = [("", proposed), *RequestKind.choices]  # type: ignore[attr-defined]  # a field of choices
        if request.category != Category.CORRECTIVE:
            del self.fields["reproduced"], self.fields["reproduced_how"]

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [
            (label, [self[name] for name in names if name in self.fields])
            for label, names in self.groups
        ]

    @property
    def said(self) -> dict[str, Any]:
        """What the verb takes."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in WORDS or name in RISK
        }
