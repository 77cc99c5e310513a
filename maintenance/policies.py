"""
Which rule of approval applies to a request, and who that asks, as things stand now.

A rule is plain JSON, `ApprovalPolicy.rule`, because a request keeps the one that applied when
it asked for approval. Whom its steps name is looked up at every vote and again at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from maintenance.approving import Delegation, Facts, Mode, Policy, Quorum, Step
from maintenance.models import (
    ApprovalDelegation,
    ApprovalPolicy,
    MaintenanceRequest,
    RiskLevel,
    Who,
)
from portal.models import Access, Membership, Service, Team, TeamRole, User

Rule = dict[str, Any]

# What applies where no policy fits: one manager of the team that owns the service.
BUILT_IN: Rule = {
    "policy": None,
    "name": "",
    "steps": [
        {
            "key": "1",
            "name": "",
            "stage": 1,
            "who": Who.OWNER_MANAGERS.value,
            "team": None,
            "people": [],
            "number": 1,
            "percent": None,
            "mode": Mode.VETO.value,
        }
    ],
    "may_fill_two": False,
    "ttl_days": 14,
    "grace_hours": 2,
    "escalate_after_hours": None,
    "escalate_to": None,
}


@dataclass(frozen=True)
class Traits:
    """What a policy looks at in a request; a risk nobody estimated counts as the highest."""

    service: Service
    category: str
    risk_level: str = ""
    authorisation: str = "normal"
    emergency: bool = False

    @classmethod
    def of(cls, request: MaintenanceRequest) -> Traits:
        return cls(
            request.service,
            request.category,
            getattr(request, "risk_level", ""),
            getattr(request, "authorisation", "normal"),
            getattr(request, "emergency", False),
        )


def rule_for(traits: Traits) -> Rule:
    """Return the rule of the first policy in use that fits, or the built-in one."""
    policy = first_fitting(traits)
    return policy.rule if policy else BUILT_IN


def first_fitting(traits: Traits) -> ApprovalPolicy | None:
    policies = ApprovalPolicy.objects.in_use().filter(
        Q(services=None) | Q(services=traits.service)
    )
    for policy in policies.filter(Q(emergency=None) | Q(emergency=traits.emergency)):
        if fits(policy, traits):
            return policy
    return None


def fits(policy: ApprovalPolicy, traits: Traits) -> bool:
    """Whether the lists of the policy name it; an empty list names everything."""
    asked = [
        (policy.categories, traits.category),
        (policy.risk_levels, traits.risk_level or RiskLevel.VERY_HIGH),
        (policy.tiers, traits.service.tier),
        (policy.authorisations, traits.authorisation),
    ]
    return all(not wanted or value in wanted for wanted, value in asked)


def as_policy(rule: Rule) -> Policy:
    steps = tuple(
        Step(
            row["key"],
            row["stage"],
            Quorum(row["number"] or 1, row["percent"]),
            Mode(row["mode"]),
        )
        for row in rule["steps"]
    )
    return Policy(steps, rule["may_fill_two"])


@dataclass
class Electorate:
    """Who may vote by a rule for a service now; asks the database at most four times."""

    rule: Rule
    service: Service

    @cached_property
    def memberships(self) -> list[Membership]:
        """Of the teams that the steps name."""
        teams = {row["team"] for row in self.rule["steps"]} - {None}
        found = Membership.objects.filter(team__in=teams | {self.service.team_id})
        return list(found.select_related("person"))

    @cached_property
    def named(self) -> dict[int, User]:
        people = {person for row in self.rule["steps"] for person in row["people"]}
        found = User.objects.filter(pk__in=people) if people else User.objects.none()
        return found.in_bulk()

    @cached_property
    def eligible(self) -> dict[str, frozenset[int]]:
        """By step: whom it names, whether they may work or not."""
        return {row["key"]: frozenset(self._of_step(row)) for row in self.rule["steps"]}

    def _of_step(self, row: Mapping[str, Any]) -> Iterable[int]:
        who = Who(row["who"])
        if who == Who.PEOPLE:
            return (person for person in row["people"] if person in self.named)
        team = self.service.team_id if who == Who.OWNER_MANAGERS else row["team"]
        return (
            each.person_id
            for each in self.memberships
            if each.team_id == team and (who == Who.TEAM or each.role == TeamRole.MANAGER)
        )

    @cached_property
    def delegations(self) -> list[ApprovalDelegation]:
        """All that those whom the steps name ever gave, also what is over: votes stay valid."""
        givers = frozenset[int]().union(*self.eligible.values())
        given = ApprovalDelegation.objects.filter(giver__in=givers)
        return list(given.select_related("giver", "taker"))

    @cached_property
    def people(self) -> dict[int, User]:
        """Everybody who could have a part in it, by id."""
        found = {each.person_id: each.person for each in self.memberships}
        found |= self.named
        return found | {each.taker_id: each.taker for each in self.delegations}

    def facts(self, digest: str, bound: Iterable[int | None]) -> Facts:
        working = [Access.MEMBER, Access.ADMINISTRATOR]
        return Facts(
            digest=digest,
            eligible=self.eligible,
            workers=frozenset(
                pk
                for pk, person in self.people.items()
                if person.is_active and person.access in working
            ),
            bound=frozenset(pk for pk in bound if pk is not None),
            delegations=[
                Delegation(each.giver_id, each.taker_id, each.starts_at, each.closes_at)
                for each in self.delegations
            ],
        )

    @property
    def voters(self) -> set[int]:
        """Who may open the ballot at all: those named, and those who stand in for them."""
        named = frozenset[int]().union(*self.eligible.values())
        return set(named) | {each.taker_id for each in self.delegations}


def name_of(rule: Rule) -> str:
    return rule["name"] or _("Managers of the team")


def step_names(rule: Rule, service: Service) -> dict[str, str]:
    """The name of each step, or else whom it asks."""
    teams = Team.objects.in_bulk([row["team"] for row in rule["steps"] if row["team"]])
    return {row["key"]: row["name"] or _asks(row, service, teams) for row in rule["steps"]}


def _asks(row: Mapping[str, Any], service: Service, teams: Mapping[int, Team]) -> str:
    who = Who(row["who"])
    if who == Who.PEOPLE:
        return _("Named people")
    team = service.team if who == Who.OWNER_MANAGERS else teams.get(row["team"])
    if who == Who.TEAM:
        return str(team)
    return _("Managers of %(team)s") % {"team": team}
