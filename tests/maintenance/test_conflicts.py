"""Two changes at one time: what they fall out over, what that stops, and what is kept of it."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.conflicts import conflicts_of
from maintenance.models import ConflictCheck, ConflictRules, MaintenanceRequest, RequestState
from maintenance.timing import Change, Rule, Rules, Span, Weight, clashes, common, reach
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, ServiceDependency, Team, User
from tests.maintenance.make import approved_request, make_request
from tests.maintenance.test_requests import codes
from tests.make import make_service

JSON = "application/json"
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEN = NOON.replace(hour=22)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def at_ten(**fields: Any) -> dict[str, Any]:
    return {"planned_start": TEN, "planned_end": TEN + HOUR, **fields}


def found(request: MaintenanceRequest) -> list[tuple[str, str, str]]:
    assert request.effective is not None
    conflicts = conflicts_of(request, request.effective, now=clock.now())
    return [(each.other.title, str(each.rule), str(each.weight)) for each in conflicts]


def why_not_approve(request: MaintenanceRequest, manager: User) -> list[str]:
    refused = workflow.refusals(request, workflow.Verb.APPROVE, manager)
    return [refusal.code for refusal in refused]


def depends(*services: Service) -> None:
    """Each needs the next."""
    for service, needs in pairwise(services):
        ServiceDependency.objects.bulk_create([ServiceDependency(service=service, needs=needs)])


def test_the_approved_change_has_its_time_and_the_next_one_is_told(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    first = approved_request(checkout, olivia, manager, title="Reindex", **at_ten())
    second = workflow.submit(make_request(checkout, olivia, **at_ten()), actor=olivia)

    assert why_not_approve(second, manager) == ["hard_conflict"]
    (reason,) = workflow.refusals(second, workflow.Verb.APPROVE, manager)
    assert f"{first.number} “Reindex” from 30 Nov 2026, 22:00 UTC" in reason.sentence
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.approve(second, digest=second.plan_digest, actor=manager)
    assert codes(refused) == ["hard_conflict"]

    client.force_login(manager)
    page = client.get(f"/change/requests/{second.pk}/times/").content.decode()
    assert "Reindex" in page
    assert "Stops it" in page
    told = client.get(f"/api/v1/maintenance-requests/{second.pk}/times/").json()
    assert [each["code"] for each in told["reasons"]] == ["hard_conflict"]
    assert (told["conflicts"][0]["number"], told["conflicts"][0]["over"]) == (
        first.number,
        ["Checkout"],
    )


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        ({}, ["hard_conflict"]),
        ({"planned_start": TEN + HOUR, "planned_end": TEN + 2 * HOUR}, []),
        (
            {
                "planned_start": TEN + HOUR,
                "planned_end": TEN + 2 * HOUR,
                "prepare_minutes": 1,
            },
            ["hard_conflict"],
        ),
        (
            {
                "planned_start": TEN - HOUR,
                "planned_end": TEN,
                "rollback_minutes": 1,
            },
            ["hard_conflict"],
        ),
        ({"environment": "staging"}, []),
        ({"planned_start": None, "planned_end": None}, []),
    ],
)
def test_preparation_and_rollback_count_and_what_touches_does_not(
    checkout: Service,
    olivia: User,
    manager: User,
    planned: dict[str, Any],
    expected: list[str],
) -> None:
    approved_request(checkout, olivia, manager, **at_ten())
    request = make_request(checkout, olivia, **at_ten(**planned))
    assert why_not_approve(workflow.submit(request, actor=olivia), manager) == expected


def test_every_service_counts_not_the_main_one_alone(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    search = make_service("Search", team=payments)
    approved_request(search, olivia, manager, title="Index", **at_ten())
    request = make_request(checkout, olivia, other_services=[search], **at_ten())
    assert found(request) == [("Index", "same_service", "hard")]
    apart = make_request(checkout, olivia, **at_ten())
    assert found(apart) == [(request.title, "same_service", "soft")]


def test_dependencies_count_to_depth_two_in_both_directions(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    names = ["Shop", "Gate", "Database", "Disk"]
    shop, gate, database, disk = (make_service(name, team=payments) for name in names)
    depends(shop, gate, checkout, database, disk)
    for service in (shop, gate, database, disk):
        approved_request(service, olivia, manager, title=service.name, **at_ten())
    request = make_request(checkout, olivia, **at_ten())
    assert {title for title, _rule, _weight in found(request)} == {*names}
    assert {weight for _title, _rule, weight in found(request)} == {"soft"}

    workflow.change_conflict_rules(depth=1, dependency="hard", actor=None)
    assert found(request) == [
        ("Gate", "dependency", "hard"),
        ("Database", "dependency", "hard"),
    ]
    workflow.change_conflict_rules(dependency="off", actor=None)
    assert found(request) == []


def test_a_person_and_an_exclusive_resource_are_the_same_in_all_environments(
    checkout: Service, platform: Team, olivia: User, ana: User, manager: User
) -> None:
    other = make_service("Mail", team=platform)
    laboratory = workflow.add_resource(name="The test laboratory", actor=None)
    taken = {"environment": "staging", "implementer": olivia, "resources": [laboratory]}
    approved_request(checkout, olivia, manager, title="Try it", **at_ten(**taken))

    by_olivia = make_request(other, ana, implementer=olivia, **at_ten())
    assert found(by_olivia) == [("Try it", "same_person", "hard")]
    by_ana = make_request(other, ana, implementer=ana, resources=[laboratory], **at_ten())
    assert ("Try it", "resource", "hard") in found(by_ana)


def test_what_has_not_been_given_its_time_is_shown_and_stops_nobody(
    checkout: Service, olivia: User, manager: User
) -> None:
    make_request(checkout, olivia, title="A draft", **at_ten())
    asked = make_request(checkout, olivia, title="Asked for", **at_ten())
    workflow.submit(asked, actor=olivia)
    request = workflow.submit(make_request(checkout, olivia, **at_ten()), actor=olivia)
    assert found(request) == [
        ("A draft", "same_service", "soft"),
        ("Asked for", "same_service", "soft"),
    ]
    assert why_not_approve(request, manager) == []


def test_it_is_asked_again_when_work_begins_and_late_work_goes_on_taking_its_time(
    checkout: Service, platform: Team, olivia: User, ana: User, manager: User, ada: User
) -> None:
    first = approved_request(checkout, olivia, manager, **at_ten())
    later = {"planned_start": TEN + HOUR, "planned_end": TEN + 2 * HOUR}
    second = approved_request(checkout, olivia, manager, title="Next", **later)
    with time_machine.travel(TEN, tick=False):
        workflow.start(first, actor=olivia)
    with time_machine.travel(TEN + HOUR, tick=False):
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.start(second, actor=ada)
        assert codes(refused) == ["hard_conflict"]
        workflow.finish_work(first, actor=olivia)
        workflow.start(second, actor=ada)


def test_what_was_found_is_kept_with_what_it_was_found_from(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    draft = make_request(checkout, olivia, title="A draft", **at_ten())
    request = make_request(checkout, olivia, rollback_minutes=30, **at_ten())
    request = workflow.submit(request, actor=olivia)
    workflow.withdraw(draft, actor=olivia)
    workflow.approve(request, digest=request.plan_digest, actor=manager)

    _scheduled, approved, asked = ConflictCheck.objects.filter(request=request)
    assert (asked.occasion, asked.code, asked.hard_count, asked.soft_count) == (
        "asked",
        0,
        0,
        1,
    )
    assert asked.found[0]["number"] == draft.number
    assert asked.inputs["span"] == ["2026-11-30T22:00:00Z", "2026-11-30T23:30:00Z"]
    assert (approved.occasion, approved.soft_count) == ("approved", 0)

    client.force_login(olivia)
    page = client.get(f"/change/requests/{request.pk}/times/").content.decode()
    assert "0 that stop it, 1 for notice" in page
    told = client.get(f"/api/v1/maintenance-requests/{request.pk}/times/").json()
    assert [check["occasion"] for check in told["checks"]] == ["scheduled", "approved", "asked"]


def test_without_a_time_nothing_is_computed_and_that_is_not_nothing_found(
    checkout: Service, olivia: User, manager: User
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    check = ConflictCheck.objects.get(request=request)
    assert (check.code, check.hard_count, check.soft_count) == (None, None, None)
    assert not check.is_computed


def test_another_service_environment_or_resource_is_another_plan(
    client: Client, checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    search = make_service("Search", team=payments)
    laboratory = workflow.add_resource(name="The test laboratory", actor=None)
    request = approved_request(checkout, olivia, manager)
    digest = request.plan_digest
    own = f"/api/v1/maintenance-requests/{request.pk}/"
    client.force_login(olivia)

    same = client.patch(own, {"other_services": [], "resources": []}, content_type=JSON)
    assert same.json()["plan_digest"] == digest
    told = {"other_services": ["search", "checkout"], "resources": [laboratory.pk]}
    changed = client.patch(own, {**told, "environment": "staging"}, content_type=JSON).json()
    assert changed["plan_digest"] != digest
    assert (changed["other_services"], changed["environment"]) == (["search"], "staging")
    assert changed["resources"] == ["The test laboratory"]
    request.refresh_from_db()
    assert request.touches == {"services": [search.pk], "resources": [laboratory.pk]}

    page = client.get(f"/change/requests/{request.pk}/").content.decode()
    for words in ("Also touches", "Search", "staging", "The test laboratory"):
        assert words in page
    form = client.get(f"/change/requests/{request.pk}/edit/").content.decode()
    assert '<option value="search" selected>' in form
    approval = client.get(f"/change/requests/{request.pk}/approval/").content.decode()
    assert "The test laboratory" in approval


def test_what_if_tells_of_another_time_and_changes_nothing(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    first = approved_request(checkout, olivia, manager, **at_ten())
    request = make_request(
        checkout, olivia, planned_start=TEN + 9 * HOUR, planned_end=TEN + 11 * HOUR
    )
    ask = f"/api/v1/maintenance-requests/{request.pk}/what-if/"
    client.force_login(olivia)
    told = client.get(ask, {"start": "2026-11-30T22:30:00Z"}).json()
    assert told["end"] == "2026-12-01T00:30:00Z"
    assert [each["code"] for each in told["reasons"]] == ["hard_conflict"]
    assert [each["number"] for each in told["conflicts"]] == [first.number]
    free = client.get(ask, {"start": "2026-12-02T22:30:00Z"}).json()
    assert (free["code"], free["reasons"], free["conflicts"]) == (0, [], [])
    assert client.get(ask, {"start": "soon"}).status_code == 400
    assert client.get(ask).status_code == 400


def test_an_edit_takes_nothing_out_that_was_retired_meanwhile(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    laboratory = workflow.add_resource(name="The test laboratory", actor=None)
    request = approved_request(checkout, olivia, manager, resources=[laboratory])
    workflow.retire_resource(laboratory, actor=None)
    client.force_login(olivia)
    address = f"/change/requests/{request.pk}/edit/"
    form = client.get(address).context["form"]
    said = {
        name: value
        for name in form.fields
        if (value := form[name].value()) not in (None, False)
    }
    assert client.post(address, {**said, "reason": "Said better"}).status_code == 302
    request.refresh_from_db()
    assert (request.reason, request.state) == ("Said better", "approved")
    assert request.needed_resources == {laboratory.pk}


def test_administrators_say_what_stops_a_change(
    client: Client, checkout: Service, olivia: User, ada: User
) -> None:
    client.force_login(olivia)
    assert (
        "Administrators change these." in client.get("/change/conflict-rules/").content.decode()
    )
    told = {
        "same_service": "soft",
        "dependency": "soft",
        "depth": "3",
        "same_person": "off",
        "resource": "hard",
    }
    assert client.post("/change/conflict-rules/", told).status_code == 403
    client.force_login(ada)
    assert client.post("/change/conflict-rules/", {**told, "depth": "9"}).status_code == 422
    assert client.post("/change/conflict-rules/", told).status_code == 302
    row = ConflictRules.objects.get()
    assert row.rules == Rules(Weight.SOFT, Weight.SOFT, Weight.OFF, Weight.HARD, 3)
    assert row.history.latest().history_user == ada
    changed = client.patch("/api/v1/conflict-rules/", {"depth": 2}, content_type=JSON)
    assert changed.json()["depth"] == 2


def test_a_resource_is_added_changed_and_taken_out_of_use(
    client: Client, checkout: Service, manager: User
) -> None:
    client.force_login(manager)
    told = {"name": "The load balancer pair", "note": "", "services": ["checkout"]}
    assert client.post("/change/resources/new/", told).status_code == 302
    again = client.post("/change/resources/new/", told)
    assert again.status_code == 422
    assert "of this name already" in again.content.decode()
    assert (
        client.post("/api/v1/exclusive-resources/", told, content_type=JSON).status_code == 400
    )
    assert "The load balancer pair" in client.get("/change/resources/").content.decode()
    (known,) = client.get("/api/v1/exclusive-resources/").json()["results"]
    door = f"/change/resources/{known['id']}/"
    assert client.post(door, {**told, "note": "F5"}).status_code == 302
    assert client.post(f"{door}retire/").status_code == 302
    assert client.post(f"{door}retire/").status_code == 409


@pytest.mark.django_db(transaction=True)
def test_of_two_approved_at_once_for_one_time_one_wins(
    checkout: Service, olivia: User, manager: User
) -> None:
    requests = [
        workflow.submit(make_request(checkout, olivia, **at_ten()), actor=olivia)
        for _number in range(4)
    ]
    together = threading.Barrier(len(requests))
    refused: list[str] = []

    def approve(request: MaintenanceRequest) -> None:
        together.wait()
        try:
            workflow.approve(request, digest=request.plan_digest, actor=manager)
        except TransitionNotAllowed as error:
            refused.extend(refusal.code for refusal in error.refusals)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=[request]) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    approved = MaintenanceRequest.objects.filter(state=RequestState.SCHEDULED)
    assert approved.count() == 1
    assert refused == ["hard_conflict"] * 3


MINUTES = st.integers(0, 30)


def minute(number: int) -> datetime:
    return NOON + number * timedelta(minutes=1)


@st.composite
def changes(draw: st.DrawFn, key: int = 0) -> Change:
    start = draw(MINUTES)
    end = start + draw(st.integers(1, 15))
    some = st.frozensets(st.integers(1, 4), max_size=3)
    return Change(
        key,
        Span(minute(start), minute(end)),
        draw(some.filter(bool)),
        draw(st.sampled_from(["production", "staging"])),
        draw(st.one_of(st.none(), st.integers(1, 3))),
        draw(some),
        draw(st.booleans()),
    )


@given(changes(1), changes(2), st.sampled_from(list(Weight)))
def test_two_changes_clash_alike_from_both_sides(
    one: Change, two: Change, weight: Weight
) -> None:
    rules = Rules(weight, Weight.OFF, weight, weight)
    one, two = one._replace(holds=True), two._replace(holds=True)
    nothing: frozenset[int] = frozenset()
    here = {(each.rule, each.over) for each in clashes(one, [two], rules=rules, near=nothing)}
    there = {(each.rule, each.over) for each in clashes(two, [one], rules=rules, near=nothing)}
    assert here == there
    minutes = [set(range(48)) & _minutes(each.span) for each in (one, two)]
    if not minutes[0] & minutes[1] or weight == Weight.OFF:
        assert not here
    else:
        assert ((Rule.RESOURCE, one.resources & two.resources) in here) == bool(
            one.resources & two.resources
        )


def _minutes(span: Span) -> set[int]:
    return {number for number in range(60) if span.start <= minute(number) < span.end}


@given(
    st.lists(st.tuples(MINUTES, st.integers(1, 9)), max_size=6),
    st.lists(st.tuples(MINUTES, st.integers(1, 9)), max_size=6),
)
def test_what_two_lists_of_times_have_in_common_equals_minute_by_minute(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    spans = [
        [Span(minute(start), minute(start + length)) for start, length in rows]
        for rows in (first, second)
    ]
    wanted = [set().union(*map(_minutes, rows)) for rows in spans]
    both = common(*spans)
    assert set().union(*map(_minutes, both)) == wanted[0] & wanted[1]
    assert all(one.end < two.start for one, two in pairwise(both))


def test_reach_counts_steps_and_leaves_the_start_out() -> None:
    graph = {1: [2], 2: [3, 1], 3: [4]}
    assert reach(graph, [1], 0) == frozenset()
    assert reach(graph, [1], 1) == {2}
    assert reach(graph, [1], 2) == {2, 3}
    assert reach(graph, [1, 3], 2) == {2, 4}
