"""What people fill in about a process: its steps as rows, which work without script."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from maintenance.models import (
    MOST_STEPS,
    EvidenceWanted,
    ProcessStep,
    StepPhase,
    StepRole,
    process_step,
)

SPARE = 3  # empty rows at the end
LAST = 99  # where a row without a place goes
PARTS = ("order", "text", "phase", "role", "evidence", "mandatory", "help")


class ProcessForm(forms.Form):
    """The steps of a process; a row without a text takes its step out."""

    seen = forms.CharField(max_length=24, widget=forms.HiddenInput)
    message = forms.CharField(label=_("What changed, and why"), max_length=200, required=False)

    def __init__(self, *args: Any, steps: list[ProcessStep], **options: Any) -> None:
        super().__init__(*args, **options)
        typed = sum(name.startswith("text_") for name in self.data)
        self.count = min(typed or len(steps) + SPARE, MOST_STEPS)
        for number in range(self.count):
            self._add(number, steps[number] if number < len(steps) else None)

    def _add(self, number: int, known: ProcessStep | None) -> None:
        fields = {
            "order": forms.IntegerField(
                label=_("Place"), min_value=1, max_value=LAST, required=False
            ),
            "text": forms.CharField(label=_("Step"), max_length=300, required=False),
            "phase": forms.ChoiceField(label=_("Phase"), choices=StepPhase.choices),
            "role": forms.ChoiceField(label=_("Answered by"), choices=StepRole.choices),
            "evidence": forms.ChoiceField(label=_("Evidence"), choices=EvidenceWanted.choices),
            "mandatory": forms.BooleanField(label=_("Must be answered"), required=False),
            "help": forms.CharField(label=_("Help"), max_length=500, required=False),
        }
        shown: dict[str, Any] = {**(known or process_step("", StepPhase.WORK))}
        for name, field in fields.items():
            self.fields[f"{name}_{number}"] = field
            self.initial[f"{name}_{number}"] = shown.get(name, number + 1)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {name: self[f"{name}_{number}"] for name in PARTS} for number in range(self.count)
        ]

    @property
    def steps(self) -> list[ProcessStep]:
        """What was written, in its order."""
        said = self.cleaned_data
        kept = [number for number in range(self.count) if said[f"text_{number}"]]
        kept.sort(key=lambda number: (said[f"order_{number}"] or LAST, number))
        return [
            process_step(
                said[f"text_{number}"],
                said[f"phase_{number}"],
                role=said[f"role_{number}"],
                mandatory=said[f"mandatory_{number}"],
                evidence=said[f"evidence_{number}"],
                help=said[f"help_{number}"],
            )
            for number in kept
        ]

    def clean(self) -> dict[str, Any]:
        texts = [self.cleaned_data.get(f"text_{number}") for number in range(self.count)]
        if not any(texts):
            raise ValidationError(_("A process needs at least one step."), "no_step")
        return self.cleaned_data
