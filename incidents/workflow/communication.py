"""What people write about an incident for everybody: the public updates."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import (
    Incident,
    Phase,
    StatusTemplate,
    StatusUpdate,
    UpdateComponent,
)
from incidents.placeholders import left_in
from incidents.workflow import clocks
from incidents.workflow.declaring import States, set_states
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

VERB_OF_PHASE: dict[str, str] = {Phase.POSTMORTEM: "post_postmortem"}


@transaction.atomic
def post_update(
    incident: Incident,
    *,
    phase: str,
    text: str,
    next_update_by: datetime | None = None,
    components: States | None = None,
    posted_at: datetime | None = None,
    written_at: datetime | None = None,
    corrects: StatusUpdate | None = None,
    actor: User | None,
) -> StatusUpdate:
    """
    Tell the public; what is posted is never edited, a correction is a new post.

    A text that still holds a placeholder of its template is refused, and so is "resolved" as
    long as the incident is not. `components` says what state each of them is in.
    `next_update_by` is a promise that everybody reads. `posted_at` is for what should have
    been said before now: both times are kept and shown, as they are where the text was
    `written_at` a moment before it went out.
    """
    locked = locked_incident(incident)
    ensure(locked, VERB_OF_PHASE.get(phase, "post_update"))
    now = clock.now()
    reasons = [
        *why_not_post(locked, Phase(phase), text),
        *why_not_promise(next_update_by, now),
        *why_not_backdate(posted_at, now),
        *why_not_correct(locked, corrects),
    ]
    if reasons:
        raise TransitionNotAllowed(reasons)
    update = StatusUpdate.objects.create(
        incident=locked,
        phase=Phase(phase),
        text=text,
        author=actor,
        posted_at=posted_at or now,
        written_at=written_at or (now if posted_at else None),
        corrects=corrects,
        next_update_by=next_update_by,
    )
    clocks.told(locked, actor=actor, next_by=update.next_update_by)
    set_states(locked, components or {}, actor)
    UpdateComponent.objects.bulk_create(
        UpdateComponent(update=update, component=component, state=state)
        for component, state in (components or {}).items()
    )
    events.record(
        "incident.update_posted",
        locked,
        actor=actor,
        happened_at=posted_at,
        phase=str(update.phase),
        update=update.pk,
        next_update_by=next_update_by.isoformat() if next_update_by else None,
    )
    return update


def post_postmortem(incident: Incident, *, text: str, actor: User | None) -> StatusUpdate:
    """Tell the public what was learned, in words for them; only of what is over."""
    return post_update(incident, phase=Phase.POSTMORTEM, text=text, actor=actor)


def why_not_backdate(posted_at: datetime | None, now: datetime) -> list[Refusal]:
    if posted_at is None or posted_at <= now:
        return []
    sentence = _("What is posted now cannot be from the future.")
    return [Refusal("in_the_future", sentence, _("Schedule it instead."))]


def why_not_correct(incident: Incident, corrects: StatusUpdate | None) -> list[Refusal]:
    if corrects is None or corrects.incident_id == incident.pk:
        return []
    return [Refusal("of_another_incident", _("That post is about another incident."))]


def why_not_promise(next_update_by: datetime | None, now: datetime) -> list[Refusal]:
    """A promise is about the future; None promises nothing."""
    if next_update_by is None or next_update_by > now:
        return []
    sentence = _("The next update cannot be promised for the past.")
    return [Refusal("promise_in_the_past", sentence, _("Name a later moment."))]


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
    if phase == Phase.RESOLVED and incident.is_unresolved:
        reasons.append(
            Refusal(
                "not_resolved",
                _("This incident is not resolved."),
                _("Resolve it first, then tell everybody."),
            )
        )
    return reasons
