"""
Why not: every rule about the verbs of an incident, in one place.

The same list disables the button and says why beside it, fills the API's 409, and is what
tests assert on.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import (
    ANSWERED,
    INCIDENT_TRANSITIONS,
    OPEN,
    Incident,
    IncidentState,
    Review,
)
from incidents.policies import policy_of
from incidents.workflow.clock_guards import can_pause, can_resume
from incidents.workflow.review_waivers import standing_waiver, who_may_waive
from portal.errors import Refusal, TransitionNotAllowed

TRIGGERED = IncidentState.TRIGGERED
ACKNOWLEDGED = IncidentState.ACKNOWLEDGED
MITIGATED = IncidentState.MITIGATED
RESOLVED = IncidentState.RESOLVED
CLOSED = IncidentState.CLOSED
MERGED = IncidentState.MERGED

Guard = Callable[[Incident], list[Refusal]]


class Rule(NamedTuple):
    """From which states a verb may go, where it leads (None: it stays), and what else holds."""

    when: set[IncidentState]
    to: IncidentState | None = None
    guards: tuple[Guard, ...] = ()


def review_is_published(incident: Incident) -> list[Refusal]:
    """P0 and P1 are not over before their review is, unless a manager lets them be."""
    review = Review.objects.filter(incident=incident).first()
    if review is None and not policy_of(incident.severity).demands_review:
        return []
    if review is not None and not review.is_being_written:
        return []
    if review is not None and standing_waiver(incident) is not None:
        return []
    return [
        Refusal(
            "review_missing",
            _("The post-incident review is not published yet."),
            _("Complete the review and publish it, then close the incident.")
            + f" {_who_else(incident)}".rstrip(),
        )
    ]


def _who_else(incident: Incident) -> str:
    """Name those who can let it be closed without."""
    names = ", ".join(person.name for person in who_may_waive(incident))
    if not names:
        return ""
    return _("Or ask %(names)s to waive it, with a reason.") % {"names": names}


def is_not_private(incident: Incident) -> list[Refusal]:
    """What only some may know is not told to everybody."""
    if not incident.is_private:
        return []
    return [
        Refusal(
            "private",
            _("This incident is private, and the public is not told of it."),
            _("Open it to all who work here first."),
        )
    ]


def tasks_are_done(incident: Incident) -> list[Refusal]:
    """Nothing is closed over the head of whoever still has something to do."""
    waiting = incident.tasks.filter(done_at=None).count()
    if not waiting:
        return []
    sentence = ngettext("%(n)d task is not done yet.", "%(n)d tasks are not done yet.", waiting)
    return [
        Refusal(
            "tasks_open", sentence % {"n": waiting}, _("Do them, or say that they are done.")
        )
    ]


ANY = set(IncidentState)
RULES: dict[str, Rule] = {
    "acknowledge": Rule({TRIGGERED}, ACKNOWLEDGED),
    "unacknowledge": Rule(set(ANSWERED), TRIGGERED),
    "snooze": Rule({TRIGGERED, ACKNOWLEDGED}),
    "escalate": Rule(set(OPEN)),
    "page": Rule(set(OPEN)),
    "mitigate": Rule({TRIGGERED, ACKNOWLEDGED}, MITIGATED),
    "unmitigate": Rule({MITIGATED}, ACKNOWLEDGED),
    "resolve": Rule(set(OPEN), RESOLVED),
    "reopen": Rule({RESOLVED, CLOSED}, TRIGGERED),
    "close": Rule({RESOLVED}, CLOSED, (tasks_are_done, review_is_published)),
    "change_severity": Rule({*OPEN, RESOLVED}),
    "post_update": Rule({*OPEN, RESOLVED}, None, (is_not_private,)),
    "pause_clock": Rule(set(OPEN), None, (can_pause,)),
    "resume_clock": Rule(set(OPEN), None, (can_resume,)),
    "post_postmortem": Rule({RESOLVED, CLOSED}, None, (is_not_private,)),
    "start_runbook": Rule(set(OPEN)),
    "correct_milestone": Rule(ANY),
    "add_note": Rule(ANY),
    "give_role": Rule({*OPEN, RESOLVED}),
    "add_task": Rule({*OPEN, RESOLVED}),
    "finish_task": Rule({*OPEN, RESOLVED}),
    "set_impact": Rule(ANY - {MERGED}),
    "set_private": Rule(ANY),
    "merge": Rule(set(OPEN), MERGED),
    # Back to what it was, which is one of the open states.
    "unmerge": Rule({MERGED}),
}


def refusals(incident: Incident, verb: str) -> list[Refusal]:
    """Return every reason why `verb` cannot be done now; an empty list means that it can."""
    rule = RULES[verb]
    state = IncidentState(incident.state)
    leads_there = rule.to is None or rule.to in INCIDENT_TRANSITIONS[state]
    if state not in rule.when or not leads_there:
        return [_wrong_state(incident, verb)]
    return [refusal for guard in rule.guards for refusal in guard(incident)]


def ensure(incident: Incident, verb: str) -> None:
    if reasons := refusals(incident, verb):
        raise TransitionNotAllowed(reasons)


def _wrong_state(incident: Incident, verb: str) -> Refusal:
    state = IncidentState(incident.state)
    if state == MERGED:
        target = incident.told_target
        sentence = _("This incident is part of %(incident)s.")
        remedy = _("Work on that one, or take them apart.")
        named = {"incident": target.number if target else _("a private incident")}
        return Refusal("merged", sentence % named, remedy)
    if verb == "unmerge":
        return Refusal("not_merged", _("This incident is not part of another one."))
    if state in OPEN:
        return _wrong_open_state(incident, verb)
    if state == RESOLVED:
        return Refusal("already_resolved", _("This incident is resolved."), _reopen())
    return Refusal("already_closed", _("This incident is closed."), _reopen())


def _wrong_open_state(incident: Incident, verb: str) -> Refusal:
    if verb in {"reopen", "close", "post_postmortem"}:
        remedy = "" if verb == "reopen" else _("Resolve it first.")
        return Refusal("not_resolved", _("This incident is not resolved."), remedy)
    if verb == "unmitigate":
        return Refusal("not_mitigated", _("This incident is not mitigated."))
    if incident.state == TRIGGERED:
        return Refusal("not_acknowledged", _("Nobody has acknowledged this incident."))
    if incident.state == MITIGATED:
        sentence = _("This incident is mitigated, and wakes nobody.")
        return Refusal("already_mitigated", sentence, _("Take that back if it is not."))
    sentence = _("%(person)s has acknowledged this incident.")
    return Refusal("already_acknowledged", sentence % {"person": incident.acknowledged_by})


def _reopen() -> str:
    return _("Reopen it if it is not over.")
