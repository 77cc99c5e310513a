"""Forms of integrations."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from operations.models import Integration
from portal.models import Service


class IntegrationForm(forms.ModelForm):
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        help_text=_("All its alerts belong to this service."),
    )

    class Meta:
        model = Integration
        fields = ["name", "service", "default_severity"]

    def __init__(
        self, *args: Any, services: QuerySet[Service], may_leave_open: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services
        field.required = not may_leave_open
        if may_leave_open:
            field.help_text = _("Leave empty to find the service by the labels of each alert.")
