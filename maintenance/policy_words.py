"""Approval policies and their steps as people say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maintenance.approving import State, judge
from maintenance.models import (
    ApprovalPolicy,
    Authorisation,
    Category,
    RiskLevel,
    StepMode,
    Who,
)
from maintenance.policies import Electorate, Rule, Traits, as_policy, name_of
from portal.models import Team, Tier, User

STATES: dict[State, tuple[Any, str]] = {
    State.OPEN: (gettext_lazy("Open"), "busy"),
    State.WAITING: (gettext_lazy("Waits"), "neutral"),
    State.SATISFIED: (gettext_lazy("Agreed"), "good"),
    State.REJECTED: (gettext_lazy("Rejected"), "bad"),
    State.UNREACHABLE: (gettext_lazy("Cannot be reached"), "bad"),
}


def fits_in_words(policy: ApprovalPolicy) -> list[tuple[str, str]]:
    """What a request must be for the policy to apply; empty when it fits everything."""
    emergency = {None: "", True: _("Only"), False: _("None")}[policy.emergency]
    told = [
        (_("Services"), ", ".join(str(service) for service in policy.services.all())),
        (_("Categories"), _labels(Category, policy.categories)),
        (_("Risk"), _labels(RiskLevel, policy.risk_levels)),
        (_("Tiers"), _labels(Tier, policy.tiers)),
        (_("Authorisation"), _labels(Authorisation, policy.authorisations)),
        (_("Emergencies"), emergency),
    ]
    return [(label, words) for label, words in told if words]


def _labels(choices: Any, values: Iterable[Any]) -> str:
    return ", ".join(str(choices(value).label).partition(":")[0] for value in values)


def steps_in_words(policies: Iterable[ApprovalPolicy]) -> dict[int, list[dict[str, Any]]]:
    """By policy: each step with its stage and its sentence; in two queries for all of them."""
    rows = {policy.pk: policy.steps for policy in policies}
    flat = [step for steps in rows.values() for step in steps]
    teams = Team.objects.in_bulk({step["team"] for step in flat} - {None})
    people = User.objects.in_bulk({pk for step in flat for pk in step["people"]})
    return {
        pk: [
            {
                "name": step["name"] or who_in_words(step, teams, people),
                "stage": step["stage"],
                "words": step_in_words(step, teams, people),
            }
            for step in sorted(steps, key=lambda step: step["stage"])
        ]
        for pk, steps in rows.items()
    }


def step_in_words(
    step: Mapping[str, Any], teams: Mapping[int, Team], people: Mapping[int, User]
) -> str:
    if step["percent"] is not None:
        how = _("%(share)s %% of: %(who)s")
    else:
        how = _("%(number)s of: %(who)s")
    who = who_in_words(step, teams, people)
    said = how % {"share": step["percent"], "number": step["number"], "who": who}
    return f"{said}. {StepMode(step['mode']).label}."


def who_in_words(
    step: Mapping[str, Any], teams: Mapping[int, Team], people: Mapping[int, User]
) -> str:
    who = Who(step["who"])
    if who == Who.PEOPLE:
        return ", ".join(str(people[pk]) for pk in step["people"] if pk in people)
    if who == Who.OWNER_MANAGERS:
        return _("managers of the team that owns the service")
    team = teams.get(step["team"])
    if who == Who.TEAM:
        return _("everybody in %(team)s") % {"team": team}
    return _("managers of %(team)s") % {"team": team}


def preview(rule: Rule, traits: Traits) -> dict[str, Any]:
    """Whom the rule would ask now, if nobody of them had a hand in it."""
    electorate = Electorate(rule, traits.service)
    facts = electorate.facts("", ())
    judgement = judge(as_policy(rule), facts, ())
    teams = Team.objects.in_bulk({row["team"] for row in rule["steps"]} - {None})
    words = {
        row["key"]: row["name"] or who_in_words(row, teams, electorate.people)
        for row in rule["steps"]
    }
    return {
        "name": name_of(rule),
        "steps": [
            {
                "name": words[each.step.key],
                "stage": each.step.stage,
                "needed": ngettext(
                    "%(number)s of %(all)s person", "%(number)s of %(all)s people", each.needed
                )
                % {"number": each.needed, "all": len(each.seats)},
                "people": sorted(str(electorate.people[pk]) for pk in each.seats),
                "is_unreachable": each.state == State.UNREACHABLE,
            }
            for each in judgement.standings
        ],
    }
