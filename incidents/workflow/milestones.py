"""Correcting a moment of an incident; what it was stays, and all figures follow."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.milestones import FIELDS, LABELS
from incidents.models import ClockReason, Incident
from incidents.workflow import clocks
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident, save
from portal import clock
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

ALWAYS_KNOWN = {"impact_started"}  # may be said later, where nobody has


@transaction.atomic
def correct_milestone(
    incident: Incident, *, milestone: str, at: datetime, reason: str, actor: User | None
) -> Incident:
    """
    Say when it really happened; its versions and the timeline keep what was said before.

    A moment out of order is kept and shown as such, as long as the incident does not end
    before it begins. Clocks are worked out anew.
    """
    locked = locked_incident(incident)
    ensure(locked, "correct_milestone")
    if reasons := why_not_correct(locked, milestone, at, clock.now()):
        raise TransitionNotAllowed(reasons)
    field = FIELDS[milestone]
    before: datetime | None = getattr(locked, field)
    if before == at:
        return locked
    setattr(locked, field, at)
    told = {
        "milestone": milestone,
        "before": before.isoformat() if before else "",
        "after": at.isoformat(),
        "reason": reason,
    }
    save(locked, actor, [field], "incident.milestone_corrected", **told)
    clocks.follow(locked, actor=actor, reason=ClockReason.CORRECTION, note=reason)
    return locked


def why_not_correct(
    incident: Incident, milestone: str, at: datetime, now: datetime
) -> list[Refusal]:
    """Return every reason why this cannot be the moment of that milestone."""
    reasons = []
    if at > now:
        reasons.append(Refusal("in_the_future", _("This moment has not come yet.")))
    known = getattr(incident, FIELDS[milestone], None) is not None
    if not known and milestone not in ALWAYS_KNOWN:
        sentence = _("“%(moment)s” has not happened yet.") % {"moment": LABELS[milestone]}
        remedy = _("Only a moment that is recorded can be corrected.")
        reasons.append(Refusal("not_reached", sentence, remedy))
    moments = {key: getattr(incident, field) for key, field in FIELDS.items()} | {milestone: at}
    ends = [moments["mitigated"], moments["resolved"]]
    if any(end is not None and end < moments["detected"] for end in ends):
        sentence = _("An incident cannot end before it begins.")
        reasons.append(Refusal("ends_before", sentence, _("Correct the other end first.")))
    return reasons
