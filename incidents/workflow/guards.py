"""
Why not: every rule about the verbs of an incident, in one place.

The same list disables the button and says why beside it, fills the API's 409, and is what
tests assert on.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _

from incidents.models import INCIDENT_TRANSITIONS, Incident, IncidentState, Review, ReviewState
from incidents.policies import policy_of
from portal.errors import Refusal, TransitionNotAllowed

TRIGGERED = IncidentState.TRIGGERED
ACKNOWLEDGED = IncidentState.ACKNOWLEDGED
RESOLVED = IncidentState.RESOLVED
CLOSED = IncidentState.CLOSED

Guard = Callable[[Incident], list[Refusal]]


class Rule(NamedTuple):
    """From which states a verb may go, where it leads (None: it stays), and what else holds."""

    when: set[IncidentState]
    to: IncidentState | None = None
    guards: tuple[Guard, ...] = ()


def review_is_published(incident: Incident) -> list[Refusal]:
    """P0 and P1 are not over before their review is; nor is what already has one."""
    review = Review.objects.filter(incident=incident).first()
    if review is None and not policy_of(incident.severity).demands_review:
        return []
    if review is not None and review.state == ReviewState.PUBLISHED:
        return []
    return [
        Refusal(
            "review_missing",
            _("The post-incident review is not published yet."),
            _("Complete the review and publish it, then close the incident."),
        )
    ]


ANY = set(IncidentState)
RULES: dict[str, Rule] = {
    "acknowledge": Rule({TRIGGERED}, ACKNOWLEDGED),
    "unacknowledge": Rule({ACKNOWLEDGED}, TRIGGERED),
    "snooze": Rule({TRIGGERED, ACKNOWLEDGED}),
    "escalate": Rule({TRIGGERED, ACKNOWLEDGED}),
    "page": Rule({TRIGGERED, ACKNOWLEDGED}),
    "resolve": Rule({TRIGGERED, ACKNOWLEDGED}, RESOLVED),
    "reopen": Rule({RESOLVED, CLOSED}, TRIGGERED),
    "close": Rule({RESOLVED}, CLOSED, (review_is_published,)),
    "change_severity": Rule({TRIGGERED, ACKNOWLEDGED, RESOLVED}),
    "post_update": Rule({TRIGGERED, ACKNOWLEDGED, RESOLVED}),
    "start_runbook": Rule({TRIGGERED, ACKNOWLEDGED}),
    "add_note": Rule(ANY),
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
    if state == TRIGGERED and verb == "unacknowledge":
        return Refusal("not_acknowledged", _("Nobody has acknowledged this incident."))
    if state in {TRIGGERED, ACKNOWLEDGED} and verb in {"reopen", "close"}:
        remedy = _("Resolve it first.") if verb == "close" else ""
        return Refusal("not_resolved", _("This incident is not resolved."), remedy)
    if state == ACKNOWLEDGED:
        sentence = _("%(person)s has acknowledged this incident.")
        return Refusal("already_acknowledged", sentence % {"person": incident.acknowledged_by})
    if state == RESOLVED:
        return Refusal("already_resolved", _("This incident is resolved."), _reopen())
    return Refusal("already_closed", _("This incident is closed."), _reopen())


def _reopen() -> str:
    return _("Reopen it if it is not over.")
