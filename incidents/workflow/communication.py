"""What people write about an incident: notes for each other, updates for everybody."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import (
    Incident,
    IncidentState,
    Phase,
    StatusTemplate,
    StatusUpdate,
    TimelineNote,
)
from incidents.placeholders import left_in
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User


@transaction.atomic
def add_note(
    incident: Incident, *, text: str, happened_at: datetime | None = None, actor: User | None
) -> TimelineNote:
    """
    Write into the timeline; `happened_at` where it happened earlier than it is written.

    A moment before the incident or in the future is refused.
    """
    locked = locked_incident(incident)
    ensure(locked, "add_note")
    now = clock.now()
    if happened_at is not None and happened_at > now:
        raise refuse("in_the_future", _("A note cannot be about the future."))
    note = TimelineNote.objects.create(
        incident=locked,
        author=actor,
        text=text,
        happened_at=happened_at or now,
        recorded_at=now,
    )
    events.record(
        "incident.noted", locked, actor=actor, happened_at=note.happened_at, note=note.pk
    )
    return note


@transaction.atomic
def post_update(
    incident: Incident, *, phase: str, text: str, actor: User | None
) -> StatusUpdate:
    """
    Tell the public; what is posted is never edited, a correction is a new post.

    A text that still holds a placeholder of its template is refused, and so is "resolved" as
    long as the incident is not.
    """
    locked = locked_incident(incident)
    ensure(locked, "post_update")
    if reasons := why_not_post(locked, Phase(phase), text):
        raise TransitionNotAllowed(reasons)
    update = StatusUpdate.objects.create(
        incident=locked, phase=Phase(phase), text=text, author=actor, posted_at=clock.now()
    )
    events.record(
        "incident.update_posted", locked, actor=actor, phase=str(update.phase), update=update.pk
    )
    return update


def why_not_post(incident: Incident, phase: Phase, text: str) -> list[Refusal]:
    """Return every reason why this text cannot go to the public in this phase."""
    template = StatusTemplate.objects.filter(phase=phase).first()
    reasons = [
        Refusal(
            "placeholder_left",
            _("The text still holds %(words)s.") % {"words": words},
            _("Write what it stands for."),
        )
        for words in left_in(text, template.text if template else "")
    ]
    unresolved = {IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED}
    if phase == Phase.RESOLVED and incident.state in unresolved:
        reasons.append(
            Refusal(
                "not_resolved",
                _("This incident is not resolved."),
                _("Resolve it first, then tell everybody."),
            )
        )
    return reasons
