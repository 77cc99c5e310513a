"""Which deployment caused an incident, to choose from those that came before it."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.models import AffectedService, Incident
from maintenance.models import PRODUCTION, TOUCHED, Deployment
from portal.models import ServiceDependency

MOST = 30  # deployments to choose from


class BlameForm(forms.Form):
    deployment = forms.ModelChoiceField(
        label=_("Deployment"),
        queryset=Deployment.objects.none(),
        empty_label=_("Choose a deployment"),
    )
    reason = forms.CharField(label=_("What shows that"), max_length=300)

    def __init__(self, *args: Any, incident: Incident, **options: Any) -> None:
        super().__init__(*args, **options)
        affected = AffectedService.objects.filter(incident=incident).values("service")
        reached = Q(service=incident.service_id) | Q(service__in=affected)
        needed = ServiceDependency.objects.filter(reached).values("needs")
        before = Deployment.objects.filter(
            TOUCHED,
            reached | Q(service__in=needed),
            environment=PRODUCTION,
            recorded_at__lte=incident.detected_at,
        )
        newest = before.order_by("-recorded_at", "-pk").values("pk")[:MOST]
        rows = Deployment.objects.filter(pk__in=newest).select_related("service")
        self.fields["deployment"].queryset = rows  # type: ignore[attr-defined]  # a field of choices
