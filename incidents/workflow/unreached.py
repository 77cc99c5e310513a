"""What follows when none of somebody's ways takes a page: the next step, without waiting."""

from django.db import transaction

from incidents.models import EscalationStep, Incident, IncidentState, StepState
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.hints import later
from portal.models import Event, Notification, SendState


@transaction.atomic
def note_unreached(incident: Incident, *, failed: Notification, whom: str) -> None:
    """
    Keep that a page reached nobody, and take the next step now unless others have been told.

    Nothing happens a second time for the same page, nor once somebody has answered. After
    the last step there is none to hurry; the auditor and the band say that pages are late.
    """
    locked = locked_incident(incident)
    if locked.state != IncidentState.TRIGGERED or _is_noted(locked, failed):
        return
    events.record(
        "incident.not_reached", locked, actor=None, whom=whom, occasion=failed.occasion
    )
    if _others_were_told(locked, failed):
        return
    now = clock.now()
    due = EscalationStep.objects.filter(run__incident=locked, state=StepState.DUE)
    if due.filter(due_at__gt=now).update(due_at=now):
        later("incidents.escalate", locked.pk)


def _is_noted(incident: Incident, failed: Notification) -> bool:
    noted = events.about(incident).filter(kind="incident.not_reached")
    return noted.filter(data__occasion=failed.occasion).exists()


def _others_were_told(incident: Incident, failed: Notification) -> bool:
    """Whether a page of the same step, or of a later one, has left for somebody else."""
    others = Notification.objects.filter(
        topic=incident.reference,
        kind="page",
        state__in=[SendState.SENT, SendState.BUNDLED],
        wanted_at__gte=failed.wanted_at,
        person__isnull=False,
    )
    return others.exclude(occasion=failed.occasion).exists()


def incidents_of(event: Event) -> list[Incident]:
    """The incidents that an undelivered page, or a bundle of them, was about."""
    numbers = [
        int(number)
        for topic in event.data.get("topics", [])
        for kind, _colon, number in [topic.partition(":")]
        if kind == "incident" and number.isdecimal()
    ]
    return list(Incident.objects.filter(pk__in=numbers).order_by("pk"))
