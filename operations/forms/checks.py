"""Forms of checks."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.models import Check
from portal import outgoing
from portal.models import Service


class CheckForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    expected_status = forms.IntegerField(
        label=_("Expected status"), min_value=100, max_value=599, initial=200
    )
    every_seconds = forms.IntegerField(
        label=_("Every (seconds)"), min_value=10, max_value=86_400, initial=60
    )

    class Meta:
        model = Check
        fields = ["name", "service", "url", "expected_status", "every_seconds", "severity"]

    def __init__(self, *args: Any, services: QuerySet[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services

    def clean_url(self) -> str:
        """Refuse what the portal must not call, where it was typed."""
        url: str = self.cleaned_data["url"]
        try:
            outgoing.check_url(url)
        except outgoing.UrlRefused as refused:
            raise forms.ValidationError(refused.sentence, code=refused.code) from refused
        return url
