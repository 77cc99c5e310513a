"""A ballot as people see it: each step with its votes, and who is still needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maintenance.approving import Standing, State
from maintenance.approving import Vote as Given
from maintenance.models import MaintenanceRequest, Outcome, RequestState
from maintenance.policies import name_of, step_names
from maintenance.policy_words import STATES
from maintenance.presentation import request_row
from maintenance.workflow.ballots import Ballot, is_voted_on
from portal.models import User

SIMILAR = 5


def picture(ballot: Ballot) -> dict[str, Any]:
    """Return the name of the rule, and each step as a row of places, taken and free."""
    names = step_names(ballot.rule, ballot.request.service)
    standings = sorted(ballot.judgement.standings, key=lambda each: each.step.stage)
    stages = len({each.step.stage for each in standings})
    steps = [_step(ballot, each, names[each.step.key]) for each in standings]
    return {
        "name": name_of(ballot.rule),
        "policy": ballot.rule["policy"],
        "steps": [{**step, "stage": step["stage"] if stages > 1 else None} for step in steps],
    }


def _step(ballot: Ballot, standing: Standing, name: str) -> dict[str, Any]:
    label, tone = STATES[standing.state]
    asks = standing.state in {State.OPEN, State.WAITING}
    return {
        "key": standing.step.key,
        "name": name,
        "stage": standing.step.stage,
        "state": standing.state.value,
        "label": label,
        "tone": tone,
        "count": ngettext(
            "%(given)s of %(needed)s vote", "%(given)s of %(needed)s votes", standing.needed
        )
        % {"given": len(standing.approvals), "needed": standing.needed},
        "places": ["taken"] * min(len(standing.approvals), standing.needed)
        + ["free"] * standing.missing,
        "given": [_given(ballot, vote) for vote in standing.spoken],
        "wanted": _wanted(ballot, standing.free) if asks else [],
        "seats": len(standing.seats),
    }


def _given(ballot: Ballot, vote: Given) -> dict[str, Any]:
    people = ballot.electorate.people
    return {
        "name": str(people[vote.person]),
        "giver": str(people[vote.seat]) if vote.seat != vote.person else "",
        "word": vote.word.value,
        "at": vote.at,
    }


def _wanted(ballot: Ballot, seats: Iterable[int]) -> list[str]:
    """Each person whose word may still come, with those who may give it for them."""
    people = ballot.electorate.people
    may = ballot.facts.workers - ballot.facts.bound
    found = []
    for seat in sorted(seats, key=lambda seat: str(people[seat])):
        takers = {
            str(each.taker)
            for each in ballot.electorate.delegations
            if each.giver_id == seat and each.taker_id in may
            if each.starts_at <= ballot.now < each.closes_at
        }
        names = {"name": people[seat], "takers": ", ".join(sorted(takers))}
        found.append(_("%(name)s (or %(takers)s)") % names if takers else str(people[seat]))
    return found


def choices_of(ballot: Ballot, user: User) -> list[dict[str, Any]]:
    """In which steps, and for whom, this person's word is wanted now."""
    if not is_voted_on(ballot.request):
        return []
    names = step_names(ballot.rule, ballot.request.service)
    people = ballot.electorate.people
    return [
        {
            "step": each.step.key,
            "name": names[each.step.key],
            "giver": people[seat] if seat != user.pk else None,
        }
        for each in ballot.judgement.having(State.OPEN)
        for seat in sorted(ballot.asked.get(user.pk, set()) & each.free)
    ]


def similar(request: MaintenanceRequest) -> dict[str, Any]:
    """The last finished changes of the service and the category, and how they went."""
    past = MaintenanceRequest.objects.filter(
        service=request.service_id, category=request.category, state=RequestState.CLOSED
    ).exclude(pk=request.pk)
    rows = [
        request_row(item) for item in past.with_list_columns().order_by("-closed_at")[:SIMILAR]
    ]
    good = [row for row in rows if row["item"].outcome == Outcome.SUCCEEDED]
    words = ngettext(
        "%(good)s of the last %(all)s went as planned",
        "%(good)s of the last %(all)s went as planned",
        len(rows),
    ) % {"good": len(good), "all": len(rows)}
    return {"rows": rows, "words": words if rows else ""}
