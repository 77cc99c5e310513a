"""Declaring what a person has judged: with their answers, and the alert that they saw."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentAlert, ProblemReport, Source
from incidents.workflow.alerts import join_by_hand
from incidents.workflow.assessing import keep_answers
from incidents.workflow.incidents import declare
from incidents.workflow.reports import note_declared, why_not_declare_from_reports
from operations.models import Alert
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User


@transaction.atomic
def declare_judged(
    *,
    alert: Alert | None = None,
    answers: Mapping[str, str] | None = None,
    reports: Iterable[ProblemReport] = (),
    actor: User,
    **said: Any,
) -> Incident:
    """
    Declare an incident; keep how it was judged, and put the alert to it that was seen.

    So with users' reports: the impact began when the first of them says, or came.
    """
    seen = list(reports)
    if reasons := why_not_declare_from_reports(seen):
        raise TransitionNotAllowed(reasons)
    if seen:
        began = min(each.began_at or each.received_at for each in seen)
        said |= {"source": Source.USER, "impact_started_at": began}
    if alert is not None:
        held = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        if reasons := why_not_declare_from(held):
            raise refuse(*reasons[0])
        said |= {"source": Source.ALERT, "impact_started_at": held.started_at}
    incident = declare(**said, actor=actor)
    if answers and any(answer != "unknown" for answer in answers.values()):
        keep_answers(incident, answers, actor=actor)
    if alert is not None:
        join_by_hand(incident, held)
    if seen:
        note_declared(seen, incident=incident, actor=actor)
    return incident


def why_not_declare_from(alert: Alert) -> list[Refusal]:
    """Return every reason why no incident can be declared from this alert."""
    row = IncidentAlert.objects.filter(
        alert=alert, incident__in=Incident.objects.unresolved()
    ).first()
    if row is None:
        return []
    sentence = _("This alert belongs to %(incident)s already.")
    named = {"incident": f"INC-{row.incident_id}"}
    return [Refusal("already_in", sentence % named, _("Work on that one, or merge."))]
