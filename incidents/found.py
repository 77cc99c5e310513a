"""What the auditor asks about incidents."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from incidents.models import EndReason, EscalationRun, EscalationStep, Incident, IncidentState
from incidents.policies import policies
from portal.auditor import LATE_AFTER, Found, question


@question
def escalations_go_on(now: datetime) -> Iterator[Found]:
    late = EscalationStep.objects.filter(
        state=EscalationStep.State.DUE, due_at__lt=now - LATE_AFTER
    )
    if count := late.count():
        sentence = _("Escalations are late: their steps fell due over a minute ago.")
        yield Found("escalation_late", sentence, count)


@question
def nobody_is_left_to_tell(now: datetime) -> Iterator[Found]:
    """Everybody on the ladder was told, and still nobody is on it."""
    if count := _waiting(now, Q(last_run=EndReason.EXHAUSTED)).count():
        sentence = _("Incidents wait, and everybody on their ladders has been told.")
        yield Found("incident_unanswered", sentence, count)


@question
def every_incident_has_a_next_step(now: datetime) -> Iterator[Found]:
    """What nobody has answered is being escalated, unless its alerts are held."""
    accounted = ["", EndReason.EXHAUSTED, EndReason.HELD]
    lost = _waiting(now, Q(last_run=None) | ~Q(last_run__in=accounted))
    if count := lost.count():
        sentence = _("Incidents wait for an answer, and nobody is being told of them.")
        yield Found("incident_without_next_step", sentence, count)


def _waiting(now: datetime, ended: Q) -> QuerySet[Incident]:
    """
    Those that wake people and that nobody has answered, for longer than a minute.

    `last_run` says how their last climb ended: empty while it goes on, None for none at all.
    """
    wakes = [severity for severity, policy in policies().items() if policy.pages_on_call]
    runs = EscalationRun.objects.filter(incident=OuterRef("pk")).order_by("-number")
    waiting = Incident.objects.filter(
        state=IncidentState.TRIGGERED,
        severity__in=wakes,
        detected_at__lt=now - LATE_AFTER,
        is_demo=False,
    )
    return waiting.annotate(last_run=Subquery(runs.values("end_reason")[:1])).filter(ended)
