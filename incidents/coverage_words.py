"""The sentences of the proof of coverage: what is missing, what that means, where to fix it."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.coverage import Cause, Verdict
from incidents.coverage_world import Known
from incidents.models import HoleKind
from portal.models import Service


class Words(NamedTuple):
    """What the list says about a hole: the sentence, and the link that mends it."""

    sentence: str
    fix_label: str
    fix_url: str


def words_of(verdict: Verdict, service: Service, known: Known) -> Words:
    """Say what is missing first, then how a page would end."""
    missing = " ".join(_missing(cause, service, known) for cause in verdict.causes)
    label, url = _fix(verdict.causes[0], service, known)
    return Words(f"{missing} {_outcome(verdict, known)}".strip()[:500], label, url)


def _missing(cause: Cause, service: Service, known: Known) -> str:
    pk = cause.id or 0
    if cause.code == "gap":
        schedule = known.schedules.get(pk)
        if schedule is None:
            return _("The policy names a schedule that is not used any more.")
        return _("Nobody is on call on “%(schedule)s”.") % {"schedule": schedule}
    if cause.code == "no_schedule":
        team = known.teams.get(pk, service.team)
        return _("%(team)s has no on-call schedule.") % {"team": team}
    if cause.code == "unreachable":
        reasons = known.why_unreachable.get(pk, [])
        return " ".join(reason.sentence for reason in reasons)
    if cause.code == "away":
        return _("%(name)s is away then.") % {"name": known.people[pk]}
    return _no_step(pk, known)


def _no_step(pk: int, known: Known) -> str:
    policy = known.policies.get(pk)
    if policy is None:
        return _("The team has neither somebody on call nor a manager who could be told.")
    return _("No step of “%(policy)s” finds a person who could be told.") % {"policy": policy}


def _outcome(verdict: Verdict, known: Known) -> str:
    """How the page ends after all."""
    person = known.people.get(verdict.person or 0)
    told = {"name": person, "minutes": verdict.minutes}
    match verdict.kind:
        case HoleKind.NOBODY:
            return _("No step after it reaches anybody.")
        case HoleKind.LAST_RESORT:
            return _("Only the last resort is reached: %(name)s, after %(minutes)d min.") % told
        case HoleKind.LATE:
            return _("%(name)s is reached first, after %(minutes)d min.") % told
        case HoleKind.FIRST_STEP:
            return _("%(name)s is reached instead, after %(minutes)d min.") % told
    return ""


def _fix(cause: Cause, service: Service, known: Known) -> tuple[str, str]:
    """What the link that mends it says, and where it leads."""
    pk = cause.id or 0
    if cause.code == "gap" and pk in known.schedules:
        return _("Fill the gap"), known.schedules[pk].get_absolute_url()
    if cause.code == "no_schedule":
        team = known.teams.get(pk, service.team)
        return _("Set a schedule"), reverse("operations:schedule-set", args=[team.slug])
    if cause.code == "unreachable" and pk in known.people:
        return _("See how they are reached"), known.people[pk].get_absolute_url()
    if cause.code == "away":
        schedules = [row for row in known.schedules.values() if row.team_id == service.team_id]
        if schedules:
            return _("Find somebody to cover"), schedules[0].get_absolute_url()
    if pk in known.policies:
        return _("Mend the policy"), known.policies[pk].get_absolute_url()
    return _("See who would be woken"), service.get_absolute_url()
