"""Forms of the links between alerts and runbooks, and of rule files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document, DocumentKind, Space
from knowledge.rule_files import LARGEST
from portal.models import Service, Team, User

LONGEST_LABELS = 2000


class LabelsField(forms.CharField):
    """Labels, one a line, as name=value."""

    widget = forms.Textarea(attrs={"rows": 2, "placeholder": "severity=critical"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        labels = {}
        for line in (super().to_python(value) or "").splitlines():
            if not line.strip():
                continue
            name, sign, words = line.partition("=")
            if not sign or not name.strip():
                raise forms.ValidationError(_("Each line is a name, “=” and a value."))
            labels[name.strip()] = words.strip().strip('"')
        return labels

    def run_validators(self, value: Any) -> None:
        """A dict has no length to check; the text's was."""


def runbooks(user: User) -> Any:
    """What may answer an alert, of what the person may read."""
    kinds = [DocumentKind.RUNBOOK, DocumentKind.PROCEDURE]
    return Document.objects.visible_to(user).current().filter(kind__in=kinds)


class AlertLinkForm(forms.Form):
    alert_name = forms.CharField(label=_("Alert"), max_length=200, required=False)
    labels = LabelsField(label=_("With the labels"), required=False)
    document = forms.ModelChoiceField(
        label=_("Runbook"), queryset=Document.objects.none(), to_field_name="slug"
    )
    anchor = forms.CharField(
        label=_("Begin with the step"),
        max_length=80,
        required=False,
        help_text=_("The name of a step, such as check-the-pods."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = runbooks(user)  # type: ignore[attr-defined]  # a field of choices


class AddressForm(forms.Form):
    url = forms.URLField(label=_("Known before as"), max_length=1000, assume_scheme="https")
    document = forms.ModelChoiceField(
        label=_("Document"), queryset=Document.objects.none(), to_field_name="slug"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = runbooks(user)  # type: ignore[attr-defined]  # a field of choices


class ServiceRunbookForm(forms.Form):
    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.current(), to_field_name="slug"
    )
    document = forms.ModelChoiceField(
        label=_("Runbook"),
        queryset=Document.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("None"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = runbooks(user)  # type: ignore[attr-defined]  # a field of choices


class RulesForm(forms.Form):
    file = forms.FileField(label=_("Rule file"), max_length=200)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            words = _("The file is larger than %(limit)s bytes.")
            raise forms.ValidationError(words % {"limit": LARGEST})
        return file


class WriteRunbookForm(forms.Form):
    alert_name = forms.CharField(label=_("Alert"), max_length=200)
    service = forms.ModelChoiceField(
        queryset=Service.objects.current(), to_field_name="slug", required=False
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.all(), to_field_name="slug", required=False
    )
    space = forms.ModelChoiceField(
        queryset=Space.objects.all(), to_field_name="slug", required=False
    )
    reference = forms.CharField(max_length=100, required=False)
