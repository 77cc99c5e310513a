"""Freezes: written by one, approved by another, and then in the way of what was approved."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import Freeze, FreezeState, MaintenanceRequest
from maintenance.next_times import proposals
from maintenance.permitted import affected_by
from maintenance.workflow import FreezeVerb, why_not_freeze
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, User
from tests.maintenance.make import approved_request, make_freeze, make_request, own_queries
from tests.maintenance.test_requests import codes
from tests.make import make_service

API = "/api/v1/freezes/"
HOUR = timedelta(hours=1)
JSON = "application/json"


def planned(start: datetime, **fields: Any) -> dict[str, Any]:
    return {"planned_start": start, "planned_end": start + HOUR, **fields}


@pytest.fixture
def approver(ada: User, payments: Team) -> User:
    """Ada, an administrator, who did not write the freeze."""
    return ada


def in_force(service: Service, by: User, approver: User, **fields: Any) -> Freeze:
    now = clock.now()
    told = {"starts_at": now - HOUR, "ends_at": now + 24 * HOUR, **fields}
    return workflow.approve_freeze(make_freeze(service, by, **told), actor=approver)


def why_not_start(request: MaintenanceRequest, person: User) -> list[str]:
    return [found.code for found in workflow.refusals(request, workflow.Verb.START, person)]


def covering(service: Service) -> list[Freeze]:
    return list(Freeze.objects.for_services([service.pk]))


def test_a_draft_stops_nothing_and_an_approved_freeze_stops_what_was_approved_before(
    checkout: Service, olivia: User, manager: User, approver: User
) -> None:
    request = approved_request(checkout, olivia, manager)
    now = clock.now()
    freeze = make_freeze(checkout, manager, starts_at=now - HOUR, ends_at=now + HOUR)
    assert workflow.refusals(request, workflow.Verb.START, olivia) == []

    workflow.approve_freeze(freeze, actor=approver)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, actor=olivia)
    assert codes(refused) == ["freeze"]
    assert "“Year end”" in refused.value.refusals[0].sentence

    workflow.end_freeze(freeze, reason="The books are closed.", actor=manager)
    assert workflow.start(request, actor=olivia).state == "in_progress"


def test_who_wrote_it_does_not_approve_it(
    checkout: Service, manager: User, approver: User
) -> None:
    freeze = make_freeze(checkout, manager)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.approve_freeze(freeze, actor=manager)
    assert codes(refused) == ["approver_is_author"]
    # Who changed it last has written it.
    freeze = workflow.change_freeze(freeze, name="Year's end", actor=approver)
    assert workflow.approve_freeze(freeze, actor=manager).approved_by == manager


def test_a_rollback_that_reaches_into_it_is_stopped(
    checkout: Service, olivia: User, manager: User, approver: User
) -> None:
    start = (clock.now() + 24 * HOUR).replace(second=0, microsecond=0)
    runway = HOUR + timedelta(minutes=30)
    freeze = make_freeze(checkout, manager, starts_at=start + runway, ends_at=start + 9 * HOUR)
    workflow.approve_freeze(freeze, actor=approver)
    short = make_request(checkout, olivia, **planned(start), rollback_minutes=30)
    long = make_request(checkout, olivia, **planned(start), rollback_minutes=31)

    def why_not(request: MaintenanceRequest) -> list[str]:
        submitted = workflow.submit(request, actor=olivia)
        found = workflow.refusals(submitted, workflow.Verb.APPROVE, manager)
        return [refusal.code for refusal in found]

    assert why_not(short) == []
    assert why_not(long) == ["freeze"]


@pytest.mark.parametrize(
    ("of_request", "of_freeze", "stopped"),
    [
        ({}, {}, True),
        ({"priority": 0}, {}, False),
        ({"priority": 0}, {"spares_p0": False}, True),
        ({"priority": 0, "category": "perfective"}, {}, True),
        ({"category": "preventive"}, {"spared_categories": ["preventive"]}, False),
    ],
)
def test_what_it_spares_goes_on(
    checkout: Service,
    olivia: User,
    manager: User,
    approver: User,
    of_request: dict[str, Any],
    of_freeze: dict[str, Any],
    stopped: bool,
) -> None:
    request = approved_request(checkout, olivia, manager, **of_request)
    in_force(checkout, manager, approver, **of_freeze)
    found = workflow.refusals(request, workflow.Verb.START, olivia)
    assert [refusal.code for refusal in found] == (["freeze"] if stopped else [])


def test_what_becomes_p0_to_pass_a_freeze_is_decided_anew(
    checkout: Service, olivia: User, manager: User, approver: User
) -> None:
    request = approved_request(checkout, olivia, manager, priority=3)
    in_force(checkout, manager, approver)
    assert why_not_start(request, olivia) == ["freeze"]

    request = workflow.change_plan(request, priority=1, actor=olivia)
    assert request.state == "approved"
    request = workflow.change_plan(request, priority=0, actor=olivia)

    assert request.state == "awaiting_approval"
    assert not request.votes.filter(superseded_at=None).exists()
    request = workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert why_not_start(request, olivia) == []


def test_it_covers_its_services_only_unless_it_covers_all(
    checkout: Service, olivia: User, manager: User, approver: User, payments: Team
) -> None:
    other = make_service("Ledger", team=payments)
    request = approved_request(other, olivia, manager)
    in_force(checkout, manager, approver)
    assert workflow.refusals(request, workflow.Verb.START, olivia) == []
    in_force(checkout, manager, approver, covers_all=True)
    found = workflow.refusals(request, workflow.Verb.START, olivia)
    assert [refusal.code for refusal in found] == ["freeze"]


def test_a_team_stands_for_all_its_services_also_for_those_it_gets_later(
    checkout: Service, olivia: User, manager: User, approver: User, payments: Team
) -> None:
    freeze = in_force(checkout, manager, approver, services=[], teams=[payments])
    ledger = make_service("Ledger", team=payments)
    request = approved_request(ledger, olivia, manager)
    assert why_not_start(request, olivia) == ["freeze"]
    assert covering(ledger) == [freeze]


def test_a_team_s_freeze_leaves_other_teams_alone(
    checkout: Service, manager: User, ana: User, payments: Team, platform: Team
) -> None:
    search = make_service("Search", team=platform)
    freeze = make_freeze(checkout, manager, services=[], teams=[payments])
    inside = planned(freeze.starts_at + HOUR)
    theirs = make_request(search, ana, **inside)
    assert (affected_by(freeze), covering(search)) == ([], [])
    # One that touches a service of the team besides its own is stopped, too.
    both = make_request(search, ana, other_services=[checkout], **inside)
    assert affected_by(freeze) == [both] != [theirs]


@pytest.mark.parametrize(
    ("of_freeze", "of_request", "stopped"),
    [
        ([], "production", True),
        ([], "staging", False),
        (["Staging"], "staging", True),
        (["staging"], "Staging", True),
        (["staging"], "production", False),
        (["staging", " production "], "production", True),
    ],
)
def test_it_holds_in_the_environments_that_it_names_or_in_production(
    checkout: Service,
    olivia: User,
    manager: User,
    approver: User,
    of_freeze: list[str],
    of_request: str,
    stopped: bool,
) -> None:
    request = approved_request(checkout, olivia, manager, environment=of_request)
    in_force(checkout, manager, approver, environments=of_freeze)
    assert why_not_start(request, olivia) == (["freeze"] if stopped else [])
    first = proposals(request, now=clock.now(), most=1)[0]
    assert first.because == (["Year end"] if stopped else [])


def test_it_names_no_more_environments_than_a_page_can_tell(
    checkout: Service, manager: User
) -> None:
    make_freeze(checkout, manager, environments=[f"test-{n}" for n in range(10)])
    for names in [["x" * 41], [f"test-{n}" for n in range(11)]]:
        with pytest.raises(TransitionNotAllowed) as refused:
            make_freeze(checkout, manager, environments=names)
        assert codes(refused) == ["environments"]


def test_a_scope_by_team_and_environment_is_written_on_pages_and_in_the_api(
    client: Client, checkout: Service, manager: User, payments: Team, approver: User
) -> None:
    now = clock.now()
    told: dict[str, Any] = {"name": "Audit", "kind": "freeze", "reason": "Auditors look at it."}
    times = {"starts_at": now - HOUR, "ends_at": now + HOUR}
    page = {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in times.items()}
    client.force_login(manager)
    scope = {"teams": ["payments"], "environments": "Staging, production,"}
    assert client.post("/change/freezes/new/", told | page | scope).status_code == 302
    freeze = Freeze.objects.get()
    assert (list(freeze.teams.all()), freeze.environments) == (
        [payments],
        ["production", "staging"],
    )
    own = f"/change/freezes/{freeze.pk}/"
    assert 'value="production, staging"' in client.get(f"{own}edit/").content.decode()
    shown = client.get(own).content.decode()
    assert "All of Payments" in shown
    assert "all of Payments" in client.get("/change/freezes/").content.decode()

    sent = client.patch(f"{API}{freeze.pk}/", {"environments": ["dr"]}, content_type=JSON)
    assert (sent.status_code, sent.json()["teams"], sent.json()["environments"]) == (
        200,
        ["payments"],
        ["dr"],
    )
    told |= {name: at.isoformat() for name, at in times.items()}
    made = client.post(API, {**told, "teams": ["payments"]}, content_type=JSON)
    assert (made.status_code, made.json()["teams"]) == (201, ["payments"])
    found = client.get(f"{API}?service=checkout").json()["results"]
    assert len(found) == 2

    workflow.approve_freeze(freeze, actor=approver)
    calendar = client.get("/change/calendar/").content.decode()
    assert "Freeze: Audit, until" in calendar
    assert "(dr)" in calendar


def test_the_scope_of_a_team_is_its_managers_to_give(
    client: Client, checkout: Service, manager: User, platform: Team, olivia: User
) -> None:
    now = clock.now()
    told: dict[str, Any] = {
        "name": "x",
        "kind": "freeze",
        "reason": "y",
        "teams": [platform.slug],
        "starts_at": now.isoformat(),
        "ends_at": (now + HOUR).isoformat(),
    }
    client.force_login(manager)
    assert client.post(API, told, content_type=JSON).status_code == 403
    page = {name: told[name][:16] for name in ("starts_at", "ends_at")}
    assert client.post("/change/freezes/new/", told | page).status_code == 422
    assert client.post(API, {**told, "teams": ["nobody"]}, content_type=JSON).status_code == 400

    client.force_login(olivia)
    mine = {**told, "teams": [checkout.team.slug]}
    assert client.post(API, mine, content_type=JSON).status_code == 403
    assert not Freeze.objects.exists()
    # Nor is a team's freeze changed by another team's manager.
    freeze = make_freeze(checkout, manager, services=[], teams=[platform])
    client.force_login(manager)
    assert client.get(f"/change/freezes/{freeze.pk}/edit/").status_code == 403
    sent = client.patch(f"{API}{freeze.pk}/", {"name": "z"}, content_type=JSON)
    assert sent.status_code == 403


def test_its_page_names_the_changes_that_it_would_stop(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    freeze = make_freeze(checkout, manager)
    inside = make_request(checkout, olivia, **planned(freeze.starts_at + HOUR))
    make_request(checkout, olivia, title="Later", **planned(freeze.ends_at + HOUR))
    make_request(checkout, olivia, title="At any time")
    assert affected_by(freeze) == [inside]

    client.force_login(olivia)
    page = client.get(freeze.get_absolute_url()).content.decode()
    assert inside.title in page
    assert "Later" not in page
    assert client.get(f"{API}{freeze.pk}/").json()["stops"] == [inside.number]


def test_every_state_and_verb(checkout: Service, manager: User, approver: User) -> None:
    now = clock.now()
    allowed = {
        ("draft", "change"),
        ("draft", "approve"),
        ("draft", "discard"),
        ("approved", "end"),
    }
    for state in FreezeState:
        freeze = make_freeze(checkout, manager, starts_at=now - HOUR)
        if state in {FreezeState.APPROVED, FreezeState.ENDED}:
            freeze = workflow.approve_freeze(freeze, actor=approver)
        if state == FreezeState.ENDED:
            freeze = workflow.end_freeze(freeze, reason="Done", actor=manager)
        if state == FreezeState.DISCARDED:
            freeze = workflow.discard_freeze(freeze, actor=manager)
        assert freeze.state == state
        for verb in FreezeVerb:
            can = not why_not_freeze(freeze, verb, approver, clock.now())
            assert can == ((state.value, verb.value) in allowed), (state, verb)


def test_one_that_has_not_begun_is_discarded_and_one_that_has_is_ended(
    checkout: Service, manager: User, approver: User
) -> None:
    coming = workflow.approve_freeze(make_freeze(checkout, manager), actor=approver)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.end_freeze(coming, reason="x", actor=manager)
    assert codes(refused) == ["freeze_not_begun"]
    assert workflow.discard_freeze(coming, actor=manager).state == "discarded"

    begun = in_force(checkout, manager, approver)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.discard_freeze(begun, actor=manager)
    assert codes(refused) == ["freeze_begun"]


def test_a_freeze_is_written_approved_and_ended_on_pages(
    client: Client, checkout: Service, manager: User, approver: User
) -> None:
    now = clock.now()
    told = {
        "name": "Attack",
        "kind": "lockdown",
        "reason": "Somebody is inside.",
        "services": ["checkout"],
        "starts_at": f"{now - HOUR:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + HOUR:%Y-%m-%dT%H:%M}",
        "spares_p0": "on",
    }
    client.force_login(manager)
    wrong = client.post("/change/freezes/new/", {**told, "ends_at": told["starts_at"]})
    assert wrong.status_code == 422
    assert "Somebody is inside." in wrong.content.decode()
    assert client.post("/change/freezes/new/", told).status_code == 302
    freeze = Freeze.objects.get()
    own = f"/change/freezes/{freeze.pk}"
    page = client.get(f"{own}/").content.decode()
    assert "You wrote this freeze" in page
    assert client.post(f"{own}/approve/").status_code == 409
    assert client.post(f"{own}/edit/", {**told, "name": "Break-in"}).status_code == 302

    client.force_login(approver)
    assert client.post(f"{own}/approve/").status_code == 302
    assert client.post(f"{own}/approve/").status_code == 409
    assert client.post(f"{own}/end/", {"reason": "They are out."}).status_code == 302
    freeze.refresh_from_db()
    assert (freeze.state, freeze.name) == ("ended", "Break-in")
    assert freeze.closes_at <= clock.now()
    said = ["drafted", "changed", "approved", "enforced", "ended"]
    kinds = [f"freeze.{what}" for what in said]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == kinds
    for when in ("", "?when=ahead", "?when=past"):
        assert client.get(f"/change/freezes/{when}").status_code == 200


def test_a_freeze_is_written_approved_and_ended_in_the_api(
    client: Client, checkout: Service, manager: User, approver: User
) -> None:
    now = clock.now()
    told = {
        "name": "Attack",
        "reason": "Somebody is inside.",
        "services": ["checkout"],
        "starts_at": (now - HOUR).isoformat(),
        "ends_at": (now + HOUR).isoformat(),
    }
    client.force_login(manager)
    made = client.post(API, told, content_type=JSON)
    own = f"{API}{made.json()['id']}/"
    assert (made.status_code, made.json()["standing"]) == (201, "draft")
    assert client.patch(own, {"name": "Break-in"}, content_type=JSON).status_code == 200
    mine = client.post(f"{own}approve/", {}, content_type=JSON)
    assert mine.json()["reasons"][0]["code"] == "approver_is_author"
    client.force_login(approver)
    assert client.post(f"{own}approve/", {}, content_type=JSON).json()["standing"] == "in_force"
    ended = client.post(f"{own}end/", {"reason": "Out"}, content_type=JSON)
    assert (ended.json()["standing"], ended.json()["name"]) == ("over", "Break-in")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"services": []}, {"services": ["nowhere"]}, {"starts_at": "soon"}]
)
def test_what_is_wrong_comes_back(
    client: Client, checkout: Service, manager: User, wrong: dict[str, Any]
) -> None:
    now = clock.now()
    told = {
        "name": "x",
        "reason": "Kept",
        "services": ["checkout"],
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + HOUR:%Y-%m-%dT%H:%M}",
    }
    client.force_login(manager)
    page = client.post("/change/freezes/new/", told | wrong)
    api = client.post(API, told | wrong, content_type=JSON)
    assert (page.status_code, api.status_code // 100) == (422, 4)
    assert "Kept" in page.content.decode()
    assert not Freeze.objects.exists()


def test_a_manager_freezes_their_services_and_everything_but_not_those_of_others(
    client: Client, checkout: Service, manager: User, platform: Team
) -> None:
    now = clock.now()
    told = {
        "name": "x",
        "reason": "y",
        "starts_at": now.isoformat(),
        "ends_at": (now + HOUR).isoformat(),
    }
    search = make_service("Search", team=platform)
    client.force_login(manager)
    theirs = client.post(API, {**told, "services": [search.slug]}, content_type=JSON)
    everything = client.post(API, {**told, "covers_all": True}, content_type=JSON)
    assert (theirs.status_code, everything.status_code) == (403, 201)


def test_the_database_keeps_the_four_eyes(
    checkout: Service, manager: User, approver: User
) -> None:
    freeze = make_freeze(checkout, manager)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("freeze_binds_only_if_approved", {"state": "approved"}),
        ("freeze_approved_by_another", {"approved_by": manager}),
        ("freeze_closes_by_its_end", {"closes_at": freeze.ends_at + HOUR}),
    ]
    for name, fields in wrong:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Freeze.objects.filter(pk=freeze.pk).update(**fields)


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_for_few_and_many(
    client: Client, checkout: Service, manager: User, number: int
) -> None:
    for _ in range(number):
        make_freeze(checkout, manager, teams=[checkout.team])
    client.force_login(manager)
    assert own_queries(client, "/change/freezes/") <= 6
    assert own_queries(client, API) <= 5
