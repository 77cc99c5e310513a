"""Deployments near the start of an incident, as lines of its timeline."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from incidents.models import AffectedService, Incident
from incidents.timeline_lines import CHANGE, Line, line_at
from maintenance.models import PRODUCTION, Deployment
from portal.models import ServiceDependency

BEFORE = timedelta(hours=3)  # older ones are found under "What changed?"


def deployments_near(incident: Incident) -> QuerySet[Deployment]:
    """
    Return what reached production shortly before it began, or until it was over.

    Of the services that it reaches and of what these need directly; one statement.
    """
    affected = AffectedService.objects.filter(incident=incident).values("service")
    reached = Q(service=incident.service_id) | Q(service__in=affected)
    needed = ServiceDependency.objects.filter(reached).values("needs")
    since = (incident.impact_started_at or incident.detected_at) - BEFORE
    rows = (
        Deployment.objects.filter(reached | Q(service__in=needed), environment=PRODUCTION)
        .annotate(at=Coalesce("finished_at", "started_at", "recorded_at"))
        .filter(at__gte=since)
        # The same by a plain column, which has an index.
        .filter(Q(finished_at__gte=since) | Q(finished_at__isnull=True))
        .select_related("service")
    )
    return rows if incident.resolved_at is None else rows.filter(at__lte=incident.resolved_at)


def deployment_line(deployment: Deployment) -> Line:
    failed = deployment.failed_at is not None
    words = _("%(service)s %(version)s deployed, and it failed") if failed else ""
    words = words or _("%(service)s %(version)s deployed")
    return line_at(
        deployment.finished_at or deployment.started_at or deployment.recorded_at,
        CHANGE,
        deployment.pk,
        ref=f"deployment-{deployment.pk}",
        kind="deployment",
        icon="deployment",
        tone="bad" if failed else "neutral",
        actor="",
        text=words % {"service": deployment.service, "version": deployment.version},
        url=deployment.get_absolute_url(),
    )
