"""
Which deployment caused an incident: declared by people; until then at most suspected.

The deployment failed by that, and recovers when users are well again. That is kept with the
deployment, by the verbs of maintenance, and counts in its figures.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.workflow.saving import locked_incident
from maintenance import workflow as maintenance
from maintenance.models import Attribution, Deployment, FailedBy
from maintenance.workflow.deployments import moment_of, why_not_failed, why_not_recovered
from portal import events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

SUSPECTED_WITHIN = timedelta(hours=1)  # of its end, something began to go wrong


@transaction.atomic
def blame_deployment(
    incident: Incident, *, deployment: Deployment, reason: str, actor: User
) -> Deployment:
    """
    Say that this deployment caused the incident, and why you think so.

    What was only suspected for this incident is cleared. Of a private one the reason stands in
    its own log alone. Raises `TransitionNotAllowed` where the deployment came later, or failed
    already for another reason.
    """
    locked = locked_incident(incident)
    if refused := why_not_blame(locked, deployment):
        raise TransitionNotAllowed(refused)
    blamed = maintenance.mark_failed(
        deployment,
        reason=_for_everybody(locked, reason),
        failed_at=_failed_at(locked, deployment),
        failed_by=FailedBy.INCIDENT,
        reference=locked.reference,
        actor=actor,
    )
    events.record(
        "incident.deployment_blamed",
        locked,
        actor=actor,
        deployment=str(blamed),
        number=blamed.pk,
        reason=reason,
    )
    _clear_others(locked, blamed, actor=actor)
    recover_blamed(locked)
    return blamed


def why_not_blame(incident: Incident, deployment: Deployment) -> list[Refusal]:
    if moment_of(deployment) <= incident.detected_at:
        return why_not_failed(deployment)
    sentence = _("%(deployment)s came after %(number)s began.")
    values = {"deployment": deployment, "number": incident.number}
    return [Refusal("arrived_later", sentence % values, _("Choose one from before."))]


@transaction.atomic
def recover_blamed(incident: Incident) -> int:
    """Mark what it was declared to be caused by as recovered, once users are well again."""
    well_since = incident.mitigated_at or incident.resolved_at
    if well_since is None:
        return 0
    recovered = 0
    for deployment in blamed_for(incident):
        if deployment.attribution == Attribution.DECLARED and not why_not_recovered(deployment):
            at = max(well_since, deployment.finished_at or well_since)
            maintenance.mark_recovered(deployment, recovered_at=at, actor=None)
            recovered += 1
    return recovered


@transaction.atomic
def suspect_deployment(incident: Incident) -> Deployment | None:
    """Mark the newest deployment of its service as suspected, if it ended shortly before."""
    if incident.is_private:
        return None
    start = incident.impact_started_at or incident.detected_at
    near = Deployment.objects.in_production_between(start - SUSPECTED_WITHIN, start)
    rows = near.filter(service=incident.service_id).order_by("-finished_at", "-pk")
    deployment = rows.select_related("service").first()
    if deployment is None or why_not_failed(deployment, Attribution.INFERRED):
        return None
    assert deployment.finished_at is not None
    minutes = round((start - deployment.finished_at) / timedelta(minutes=1))
    reason = _("%(number)s began %(minutes)d minutes after it.")
    return maintenance.mark_failed(
        deployment,
        reason=reason % {"number": incident.number, "minutes": minutes},
        failed_at=start,
        failed_by=FailedBy.INCIDENT,
        reference=incident.reference,
        attribution=Attribution.INFERRED,
        actor=None,
    )


def blamed_for(incident: Incident) -> list[Deployment]:
    """Return what failed by this incident, declared or suspected, the newest first."""
    rows = Deployment.objects.filter(failed_reference=incident.reference)
    return list(rows.select_related("service").order_by("-finished_at", "-pk"))


def _for_everybody(incident: Incident, reason: str) -> str:
    """Everybody reads deployments; what a private incident was about stays with it."""
    if not incident.is_private:
        return reason
    return _("It caused an incident that not everybody sees.")


def _failed_at(incident: Incident, deployment: Deployment) -> datetime:
    start = incident.impact_started_at or incident.detected_at
    return max(start, deployment.finished_at or start)


def _clear_others(incident: Incident, blamed: Deployment, *, actor: User) -> None:
    reason = _("%(number)s was caused by %(deployment)s.")
    values = {"number": incident.number, "deployment": blamed}
    for other in blamed_for(incident):
        if other.pk != blamed.pk and other.attribution == Attribution.INFERRED:
            maintenance.clear_failure(other, reason=reason % values, actor=actor)
