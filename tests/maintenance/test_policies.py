"""Approval policies and delegations: set up, found, shown and handed on, at page and API."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from maintenance import workflow
from maintenance.models import ApprovalDelegation, ApprovalPolicy
from maintenance.policies import BUILT_IN, Electorate, Traits, first_fitting, rule_for
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, Team, User
from tests.maintenance.make import make_delegation, make_policy, own_queries, step
from tests.maintenance.test_messages import react
from tests.maintenance.test_requests import codes
from tests.make import make_service

POLICIES = "/api/v1/approval-policies/"
DELEGATIONS = "/api/v1/approval-delegations/"
JSON = "application/json"
DAY = timedelta(days=1)


def traits(service: Service, **told: Any) -> Traits:
    return Traits(service, told.pop("category", "corrective"), **told)


# --- which applies ----------------------------------------------------------------------------


def test_without_a_policy_one_manager_of_the_owner_team_decides(
    checkout: Service, manager: User
) -> None:
    assert rule_for(traits(checkout)) == BUILT_IN
    electorate = Electorate(BUILT_IN, checkout)
    assert electorate.facts("", ()).seats("1") == {manager.pk}


def test_the_first_by_order_that_fits_applies(checkout: Service) -> None:
    later = make_policy(name="All", order=50)
    first = make_policy(name="Risky", order=10, risk_levels=["high", "very_high"])

    assert first_fitting(traits(checkout, risk_level="very_high")) == first
    assert first_fitting(traits(checkout, risk_level="low")) == later
    # What nobody has looked at yet may be as risky as can be.
    assert first_fitting(traits(checkout)) == first


@pytest.mark.parametrize(
    ("narrowed", "fits", "fits_not"),
    [
        ({"categories": ["adaptive"]}, {"category": "adaptive"}, {}),
        ({"authorisations": ["emergency"]}, {"authorisation": "emergency"}, {}),
        ({"emergency": True}, {"emergency": True}, {}),
        ({"emergency": False}, {}, {"emergency": True}),
    ],
)
def test_what_it_names_must_be_so(
    checkout: Service, narrowed: Any, fits: Any, fits_not: Any
) -> None:
    policy = make_policy(**narrowed)

    assert first_fitting(traits(checkout, **fits)) == policy
    assert first_fitting(traits(checkout, **fits_not)) is None


def test_it_may_be_for_some_services_or_for_a_tier(checkout: Service, payments: Team) -> None:
    search = make_service("Search", team=payments, tier=1)
    mine = make_policy(order=1, services=[checkout])
    tier = make_policy(order=2, tiers=[search.tier])

    assert first_fitting(traits(checkout)) == mine
    assert first_fitting(traits(search)) == tier


def test_what_is_retired_applies_no_more(checkout: Service, manager: User) -> None:
    policy = workflow.retire_policy(make_policy(), actor=manager)

    assert first_fitting(traits(checkout)) is None
    for again in (workflow.retire_policy, workflow.change_policy):
        with pytest.raises(TransitionNotAllowed) as refused:
            again(policy, actor=manager)
        assert codes(refused) == ["retired"]


# --- what a policy may say --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (step("team"), "Step 1 names no team."),
        (step("team_managers", team=999), "Step 1 names no team."),
        (step("people"), "Step 1 names nobody."),
        (step("people", people=[1], number=2), "Step 1 needs more people than it names."),
        (step(percent=50), "Step 1 needs either a number or a share in per cent."),
        (step(number=None), "Step 1 needs either a number or a share in per cent."),
    ],
)
def test_a_step_must_make_sense(db: None, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make_policy(wrong)


def test_it_has_a_step_and_not_too_many(db: None) -> None:
    for steps in ([], [step()] * 7):
        with pytest.raises(ValidationError, match="between 1 and 6 steps"):
            make_policy(steps=steps)


def test_each_version_is_whole_and_names_who_made_it(manager: User, payments: Team) -> None:
    policy = make_policy(step(number=2))

    workflow.change_policy(policy, steps=[step("team", team=payments.pk)], actor=manager)

    newest, oldest = policy.history.all()
    assert (newest.history_user, newest.steps[0]["who"]) == (manager, "team")
    assert oldest.steps[0]["number"] == 2
    assert Event.objects.filter(kind="approval_policy.changed", actor=manager).exists()


def test_who_is_asked_is_looked_up_now(
    checkout: Service, payments: Team, manager: User, olivia: User, vera: User
) -> None:
    rule = make_policy(
        step("team", team=payments.pk),
        step("team_managers", team=payments.pk),
        step("people", people=[olivia.pk, vera.pk]),
    ).rule
    facts = Electorate(rule, checkout).facts("", [None, olivia.pk])

    assert facts.eligible == {
        "1": {olivia.pk, manager.pk},
        "2": {manager.pk},
        "3": {olivia.pk, vera.pk},
    }
    assert facts.seats("1") == {manager.pk}  # Olivia has a hand in it
    assert facts.seats("3") == frozenset()  # Vera only looks


# --- the pages --------------------------------------------------------------------------------


def posted(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    data = {
        "name": "Two people",
        "order": 10,
        "ttl_days": 14,
        "grace_hours": 2,
        "steps-TOTAL_FORMS": 6,
        "steps-INITIAL_FORMS": 0,
        **fields,
    }
    for at, row in enumerate(steps):
        data |= {f"steps-{at}-{name}": value for name, value in row.items()}
    return data


def test_an_administrator_writes_one_without_a_script(
    client: Client, ada: User, payments: Team, checkout: Service
) -> None:
    client.force_login(ada)
    assert client.get("/change/policies/new/").status_code == 200

    answer = client.post(
        "/change/policies/new/",
        posted(
            {"who": "owner_managers", "number": 2, "stage": 1, "mode": "veto"},
            {"who": "team", "team": payments.pk, "percent": 50, "stage": 2, "mode": "quorum"},
            risk_levels=["very_high"],
        ),
    )

    policy = ApprovalPolicy.objects.get()
    assert answer["Location"] == policy.get_absolute_url()
    assert [(each["who"], each["number"], each["percent"]) for each in policy.steps] == [
        ("owner_managers", 2, None),
        ("team", None, 50),
    ]
    page = client.get(policy.get_absolute_url()).text
    assert "2 of: managers of the team that owns the service" in page
    assert "50 % of: everybody in Payments" in page
    edit = client.get(f"{policy.get_absolute_url()}edit/").text
    assert 'value="50"' in edit


def test_what_was_typed_stays(client: Client, ada: User, checkout: Service) -> None:
    client.force_login(ada)

    answer = client.post(
        "/change/policies/new/",
        posted({"who": "team", "number": 1, "name": "The board"}, name="Kept"),
    )

    assert answer.status_code == 422
    assert "Choose the team." in answer.text
    assert "The board" in answer.text
    assert "Kept" in answer.text
    without = client.post("/change/policies/new/", posted(name="No steps"))
    assert without.status_code == 422
    assert "between 1 and 6 steps" in without.text


def test_managers_write_for_their_services_and_not_for_all(
    client: Client, manager: User, checkout: Service
) -> None:
    client.force_login(manager)
    row = {"who": "owner_managers", "number": 1, "stage": 1, "mode": "veto"}
    body = {"name": "Mine", "steps": [step("owner_managers")]}

    assert client.post("/change/policies/new/", posted(row)).status_code == 403
    assert client.post(POLICIES, body, content_type=JSON).status_code == 403
    mine = client.post(POLICIES, {**body, "services": [checkout.slug]}, content_type=JSON)
    assert mine.status_code == 201, mine.text
    everybodys = make_policy(name="All")
    assert client.post(f"{POLICIES}{everybodys.pk}/retire/").status_code == 403


def test_a_member_writes_none(client: Client, olivia: User, ada: User) -> None:
    client.force_login(olivia)
    row = {"who": "owner_managers", "number": 1, "stage": 1, "mode": "veto"}
    assert client.post("/change/policies/new/", posted(row)).status_code == 403

    client.force_login(ada)
    assert client.post("/change/policies/new/", posted(row)).status_code == 302


def test_which_would_apply_is_shown_with_the_people(
    client: Client, vera: User, manager: User, checkout: Service
) -> None:
    make_policy(name="Careful")
    client.force_login(vera)

    page = client.get(
        "/change/policies/applies/", {"service": checkout.slug, "category": "corrective"}
    ).text

    assert "Careful" in page
    assert "2 of 1 people: Max" in page
    assert "Too few people" in page


@pytest.mark.parametrize("door", ["/change/policies/", POLICIES])
def test_the_list_asks_the_same_for_one_and_many(
    client: Client, manager: User, checkout: Service, payments: Team, door: str
) -> None:
    client.force_login(manager)
    named = step("people", people=[manager.pk])
    make_policy(step("team", team=payments.pk), named, services=[checkout])
    one = own_queries(client, door)
    for number in range(8):
        make_policy(named, step(), name=f"P{number}", services=[checkout])

    assert own_queries(client, door) == one


# --- delegations ------------------------------------------------------------------------------


def test_the_delegate_is_told_and_told_of_the_end(olivia: User, manager: User) -> None:
    row = make_delegation(manager, olivia)
    react()

    told = Notification.objects.get(person=olivia)
    assert told.subject == "You vote for Max on changes"
    assert row.standing_at(clock.now()) == "in_force"

    row = workflow.revoke_delegation(row, actor=manager)
    react()

    assert row.standing_at(clock.now()) == "revoked"
    assert Notification.objects.filter(subject__contains="any more").exists()
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.revoke_delegation(row, actor=manager)
    assert codes(refused) == ["revoked"]


def test_nobody_delegates_to_themselves_to_onlookers_or_for_the_past(
    manager: User, olivia: User, vera: User
) -> None:
    now = clock.now()
    for taker in (manager, vera):
        with pytest.raises(ValidationError):
            make_delegation(manager, taker)
    with pytest.raises(ValidationError):
        make_delegation(manager, olivia, starts_at=now - 2 * DAY, ends_at=now - DAY)


def test_it_never_begins_before_it_was_given(manager: User, olivia: User) -> None:
    row = make_delegation(manager, olivia, starts_at=clock.now() - 3 * DAY)

    assert row.starts_at == row.created_at


def test_it_is_given_and_taken_back_on_the_page(
    client: Client, manager: User, olivia: User
) -> None:
    client.force_login(manager)
    assert client.get("/change/delegations/new/").status_code == 200
    data = {
        "taker": olivia.pk,
        "starts_at": "2026-01-01T08:00",
        "ends_at": f"{clock.now() + DAY:%Y-%m-%dT%H:%M}",
        "reason": "On holiday",
    }

    assert client.post("/change/delegations/new/", data).status_code == 302
    row = ApprovalDelegation.objects.get()
    assert "On holiday" in client.get("/change/delegations/").text
    wrong = client.post("/change/delegations/new/", {**data, "ends_at": "2026-01-02T08:00"})
    assert (wrong.status_code, "over already" in wrong.text) == (422, True)

    assert client.post(f"/change/delegations/{row.pk}/revoke/").status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None


@pytest.mark.parametrize("door", ["/change/delegations/", DELEGATIONS])
def test_the_list_of_delegations_asks_the_same_for_one_and_many(
    client: Client, manager: User, olivia: User, ana: User, door: str
) -> None:
    client.force_login(olivia)
    make_delegation(manager, olivia)
    one = own_queries(client, door)
    for _number in range(8):
        make_delegation(manager, ana)

    assert own_queries(client, door) == one


# --- the API ----------------------------------------------------------------------------------


def test_the_api_sets_up_changes_previews_and_retires(
    client: Client, manager: User, checkout: Service
) -> None:
    client.force_login(manager)
    body = {"name": "Careful", "services": [checkout.slug], "steps": [step(number=2)]}

    made = client.post(POLICIES, body, content_type=JSON)
    assert made.status_code == 201
    one = f"{POLICIES}{made.json()['id']}/"
    changed = client.patch(one, {"order": 5}, content_type=JSON)
    assert (changed.json()["order"], changed.json()["steps"][0]["number"]) == (5, 2)

    asked = {"service": checkout.slug, "category": "corrective"}
    applied = client.post(f"{POLICIES}applies/", asked, content_type=JSON).json()
    assert applied["name"] == "Careful"
    assert applied["steps"][0]["people"] == ["Max"]
    assert applied["steps"][0]["is_unreachable"]

    assert client.post(f"{one}retire/").json()["retired_at"]
    assert client.patch(one, {"order": 6}, content_type=JSON).status_code == 409


def test_the_api_names_what_is_wrong(
    client: Client, ada: User, vera: User, checkout: Service
) -> None:
    client.force_login(ada)
    for wrong in ([], [step("team")], [step("people", people=[vera.pk])], [{"who": "all"}]):
        body = {"name": "Wrong", "steps": wrong}
        answer = client.post(POLICIES, body, content_type=JSON)
        assert (answer.status_code, "steps" in answer.text) == (400, True), wrong


def test_the_api_delegates_and_revokes(client: Client, manager: User, olivia: User) -> None:
    client.force_login(manager)
    now = clock.now()
    body = {"taker": olivia.pk, "starts_at": now, "ends_at": now + DAY, "reason": "Away"}

    made = client.post(DELEGATIONS, body, content_type=JSON)
    assert (made.status_code, made.json()["standing"]) == (201, "in_force")
    wrong = client.post(DELEGATIONS, {**body, "taker": manager.pk}, content_type=JSON)
    assert wrong.status_code == 400

    revoked = client.post(f"{DELEGATIONS}{made.json()['id']}/revoke/")
    assert revoked.json()["standing"] == "revoked"
