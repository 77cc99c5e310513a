"""Forms of integrations."""

# ModelForm takes no type parameters at run time.
# mypy: disable-error-code="type-arg"

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from operations.formats import FORMATS
from operations.models import Integration, IntegrationKind
from portal.models import Service

# What each kind takes, for somebody who has to choose one.
SENTENCES: dict[str, Any] = {
    IntegrationKind.ALERTMANAGER: _("The webhook of Prometheus Alertmanager."),
    IntegrationKind.GRAFANA: _("The webhook of Grafana, unified or legacy alerting."),
    IntegrationKind.PAGERDUTY: _(
        "Any tool that can alert PagerDuty (Events API v2) and whose address can be set."
    ),
    IntegrationKind.OPSGENIE: _(
        "Any tool that can alert Opsgenie and whose address can be set."
    ),
    IntegrationKind.GENERIC: _(
        "Any other tool that can post JSON; you say where in it each thing stands."
    ),
    IntegrationKind.EMAIL: _("Tools that only send mail, through your mail server."),
}


class IntegrationForm(forms.ModelForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (kind, format_lazy("{}: {}", IntegrationKind(kind).label, SENTENCES[kind]))
            for kind in FORMATS
        ],
        widget=forms.RadioSelect,
        initial=IntegrationKind.ALERTMANAGER,
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        help_text=_("All its alerts belong to this service."),
    )

    class Meta:
        model = Integration
        fields = ["name", "kind", "service", "default_severity"]

    def __init__(
        self, *args: Any, services: QuerySet[Service], may_leave_open: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["kind"]  # another kind is another integration
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = services
        field.required = not may_leave_open
        if may_leave_open:
            field.help_text = _("Leave empty to find the service by the labels of each alert.")
