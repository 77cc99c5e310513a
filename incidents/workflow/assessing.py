"""Judging how bad it is by the five questions: each time a row, and the severity a choice."""

from collections.abc import Mapping

from django.db import transaction

from incidents.models import Assessment, Incident
from incidents.severity_questions import QUESTIONS, suggestion
from incidents.workflow.guards import ensure
from incidents.workflow.incidents import change_severity
from incidents.workflow.saving import locked_incident
from operations.models import Severity
from portal import clock, events
from portal.models import User


@transaction.atomic
def assess(
    incident: Incident,
    *,
    answers: Mapping[str, str],
    severity: int | None = None,
    actor: User,
) -> Assessment:
    """
    Keep the answers; where a severity is chosen that differs, the incident gets it.

    The suggestion forces nothing: leave `severity` out, and only the answers are kept.
    """
    locked = locked_incident(incident)
    ensure(locked, "change_severity")
    row = keep_answers(locked, answers, actor=actor, severity=severity)
    if severity is not None and severity != locked.severity:
        because = " ".join(suggestion(answers).reasons)[:200]
        change_severity(locked, severity=severity, actor=actor, because=because)
    return row


def keep_answers(
    locked: Incident,
    answers: Mapping[str, str],
    *,
    actor: User | None,
    severity: int | None = None,
) -> Assessment:
    """Write down how the questions were answered about a held or new incident."""
    suggested = suggestion(answers).severity
    row = Assessment.objects.create(
        incident=locked,
        **{name: answers.get(name, "unknown") for name in QUESTIONS},
        suggested=suggested,
        severity=locked.severity if severity is None else Severity(severity),
        made_by=actor,
        made_at=clock.now(),
    )
    told = None if suggested is None else int(suggested)
    events.record("incident.assessed", locked, actor=actor, suggested=told)
    return row
