"""Working an incident by a runbook: the run lives below, the incident remembers it."""

from django.db import transaction

from incidents.models import Incident
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from knowledge.models import Document, RunbookRun, RunbookRunState
from knowledge.workflow import start_run
from portal import events
from portal.models import User


@transaction.atomic
def start_runbook(incident: Incident, document: Document, *, actor: User) -> RunbookRun:
    """
    Begin a run of the runbook's published revision for this incident.

    A run of the same runbook that is under way is given again: two people who press the button
    at once work on one list.
    """
    locked = locked_incident(incident)
    ensure(locked, "start_runbook")
    running = RunbookRun.objects.filter(
        reference=locked.reference,
        revision__document=document,
        state=RunbookRunState.RUNNING,
    ).first()
    if running is not None:
        return running
    run = start_run(
        document,
        reference=locked.reference,
        reference_label=str(locked),
        reference_url=locked.get_absolute_url(),
        service=locked.service,
        actor=actor,
    )
    # Without its title: not everybody who sees the incident may read the runbook.
    events.record(
        "incident.runbook_started",
        locked,
        actor=actor,
        url=run.get_absolute_url(),
    )
    return run
