"""What people fill in about a team's sprints."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from django import forms

from operations.models import SprintCalendar


class SprintForm(forms.ModelForm):
    class Meta:
        model = SprintCalendar
        fields = ["begins_on", "days"]
        widgets = {
            "begins_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
