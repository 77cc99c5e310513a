"""Permitted times, who lets a plan pass them, and the next time that fits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from maintenance import workflow
from maintenance.models import ChangeWindow, MaintenanceRequest, TimeOverride
from maintenance.next_times import proposals
from maintenance.recurrence_words import in_words
from maintenance.workflow.questions import Question
from operations.models import Leave
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, ServiceDependency, Team, TeamRole, User
from tests.maintenance.make import (
    make_change_window,
    make_freeze,
    make_request,
    own_queries,
)
from tests.maintenance.test_requests import codes
from tests.make import make_person, make_service

API = "/api/v1/permitted-times/"
HOUR = timedelta(hours=1)
JSON = "application/json"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def at(hour: int, minute: int = 0, *, day: int = 30) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def asked_for(
    service: Service, by: User, start: datetime | None = None, **fields: Any
) -> MaintenanceRequest:
    """Sent for approval, for an hour from `start`."""
    if start is not None:
        fields |= {"planned_start": start, "planned_end": start + HOUR}
    return workflow.submit(make_request(service, by, **fields), actor=by)


def why_not_approve(request: MaintenanceRequest, manager: User) -> list[str]:
    found = workflow.refusals(request, workflow.Verb.APPROVE, manager)
    return [refusal.code for refusal in found]


@pytest.mark.parametrize(
    ("start", "rollback", "expected"),
    [
        (at(22), 0, []),
        (at(23), 120, []),
        (at(23), 121, ["exceeds_window"]),
        (at(21, 30), 0, ["exceeds_window"]),
        (at(14), 0, ["misses_window"]),
        (None, 0, ["no_interval"]),
    ],
)
def test_a_service_with_permitted_times_is_changed_within_them(
    checkout: Service,
    olivia: User,
    manager: User,
    start: datetime | None,
    rollback: int,
    expected: list[str],
) -> None:
    make_change_window(checkout)
    request = asked_for(checkout, olivia, start, rollback_minutes=rollback)
    assert why_not_approve(request, manager) == expected


@pytest.mark.parametrize("spelt", ["Production", " PRODUCTION "])
def test_production_is_production_however_it_is_spelt(
    checkout: Service, olivia: User, manager: User, spelt: str
) -> None:
    make_change_window(checkout)
    request = asked_for(checkout, olivia, at(14), environment=spelt)
    assert why_not_approve(request, manager) == ["misses_window"]
    assert request.environment == "production"
    edited = workflow.change_plan(request, environment=spelt, actor=olivia)
    assert edited.plan_digest == request.plan_digest

    # As it may have been kept before.
    MaintenanceRequest.objects.filter(pk=request.pk).update(environment=spelt)
    request.refresh_from_db()
    assert why_not_approve(request, manager) == ["misses_window"]


def test_a_service_without_is_changed_at_any_time_and_so_is_one_whose_rule_is_retired(
    checkout: Service, olivia: User, manager: User
) -> None:
    request = asked_for(checkout, olivia, at(14))
    assert why_not_approve(request, manager) == []
    window = make_change_window(checkout)
    assert why_not_approve(request, manager) == ["misses_window"]
    workflow.retire_change_window(window, actor=manager)
    assert why_not_approve(request, manager) == []
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.retire_change_window(window, actor=manager)
    assert codes(refused) == ["retired"]


def test_work_begins_within_its_planned_time(
    checkout: Service, olivia: User, manager: User
) -> None:
    make_change_window(checkout)
    request = asked_for(checkout, olivia, at(22), rollback_minutes=30)
    request = workflow.approve(request, digest=request.plan_digest, actor=manager)

    def why_not_start(moment: datetime) -> list[str]:
        found = workflow.refusals(request, workflow.Verb.START, olivia, now=moment)
        return [refusal.code for refusal in found]

    assert why_not_start(at(21, 59)) == ["too_early"]
    assert why_not_start(at(22, 59)) == []
    assert why_not_start(at(23)) == ["interval_over"]


def test_a_manager_with_no_hand_in_it_lets_one_plan_pass(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    make_change_window(checkout)
    request = asked_for(checkout, olivia, at(14))
    own = f"/change/requests/{request.pk}/times/"
    told = {"of": "windows", "digest": request.plan_digest, "reason": "The disk is full today."}

    client.force_login(olivia)
    assert client.post(f"{own}override/", told).status_code == 403
    client.force_login(manager)
    assert client.post(f"{own}override/", {**told, "reason": " "}).status_code == 422
    stale = client.post(f"{own}override/", {**told, "digest": "another"})
    assert stale.status_code == 409
    assert "The disk is full today." in stale.content.decode()
    assert client.post(f"{own}override/", told).status_code == 302
    assert client.post(f"{own}override/", told).status_code == 302
    assert TimeOverride.objects.count() == 1
    assert why_not_approve(request, manager) == []

    # It was for that plan, and not for another.
    moved = workflow.change_plan(request, planned_start=at(13), actor=olivia)
    assert why_not_approve(moved, manager) == ["misses_window"]
    assert "for another plan" in client.get(own).content.decode()


def test_a_freeze_is_let_pass_by_name_in_the_api(
    client: Client, checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    freeze = make_freeze(checkout, manager, starts_at=at(11), ends_at=at(18))
    workflow.approve_freeze(freeze, actor=ada)
    request = asked_for(checkout, olivia, at(14))
    own = f"/api/v1/maintenance-requests/{request.pk}/"
    told = {"of": "freeze", "digest": request.plan_digest, "reason": "It cannot wait."}

    client.force_login(manager)
    before = client.get(f"{own}times/").json()
    assert (before["code"], before["reasons"][0]["code"]) == (1, "freeze")
    missing = client.post(f"{own}override-time/", told, content_type=JSON)
    given = client.post(
        f"{own}override-time/", {**told, "freeze": freeze.pk}, content_type=JSON
    )
    assert (missing.status_code, given.status_code) == (404, 201)
    after = client.get(f"{own}times/").json()
    assert (after["code"], after["reasons"]) == (0, [])
    assert after["overrides"][0]["person"]["name"] == str(manager)


def test_the_requester_lets_nothing_pass(
    checkout: Service, olivia: User, manager: User
) -> None:
    make_change_window(checkout)
    request = make_request(checkout, manager, planned_start=at(14), planned_end=at(15))
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.override_time(
            request, of="windows", digest=request.plan_digest, reason="Now", actor=manager
        )
    assert {"approver_is_requester", "approver_is_author"} <= set(codes(refused))


def test_the_next_time_leaves_freezes_windows_and_other_changes_free(
    checkout: Service, olivia: User, manager: User, ada: User, payments: Team
) -> None:
    database = make_service("Database", team=payments)
    ServiceDependency.objects.bulk_create([ServiceDependency(service=checkout, needs=database)])
    make_change_window(checkout)
    vacuum = asked_for(database, olivia, at(22), title="Vacuum")
    freeze = make_freeze(checkout, manager, starts_at=at(0, day=30), ends_at=at(23, 30, day=30))
    workflow.approve_freeze(freeze, actor=ada)
    request = make_request(checkout, olivia, rollback_minutes=30)

    first, second = proposals(request, now=clock.now(), most=2)

    assert (first.slot.start, first.slot.end) == (at(23, 30), at(23, 30) + HOUR)
    vacuum_words = f"{vacuum} (a service that depends on it, or that it depends on)"
    assert first.because == ["Year end", vacuum_words]
    assert first.slot.outside_windows
    assert second.slot.start == at(22) + timedelta(days=1)


def test_a_proposed_time_is_planned_with_one_press(
    client: Client, checkout: Service, olivia: User
) -> None:
    make_change_window(checkout)
    request = make_request(checkout, olivia)
    own = f"/change/requests/{request.pk}/times/"
    client.force_login(olivia)
    page = client.get(f"{own}?minutes=90").content.decode()
    assert "Not earlier because of" in page
    told = {
        "planned_start": "2026-11-30T22:00:00+00:00",
        "planned_end": "2026-11-30T23:30:00+00:00",
        "seen": request.plan_digest,
    }
    assert client.post(f"{own}plan/", told).status_code == 302
    assert client.post(f"{own}plan/", told).status_code == 409
    request.refresh_from_db()
    assert (request.planned_start, request.planned_end) == (at(22), at(23, 30))


def test_plans_from_before_there_was_a_runway_keep_their_digest(
    checkout: Service, olivia: User
) -> None:
    request = make_request(checkout, olivia)
    before = request.plan_digest
    assert workflow.change_plan(request, rollback_minutes=0, actor=olivia).plan_digest == before
    changed = workflow.change_plan(request, rollback_minutes=5, actor=olivia)
    assert changed.plan_digest != before


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "every day, 22:00 for 4 hours (UTC)"),
        (
            {"frequency": "monthly", "nth": 1, "weekdays": [0]},
            "first Mon of each month, 22:00 for 4 hours (UTC)",
        ),
        (
            {"frequency": "monthly", "day_of_month": -1, "interval": 3},
            "last day of every 3 months, 22:00 for 4 hours (UTC)",
        ),
        (
            {"frequency": "weekly", "weekdays": [1, 3], "minutes": 90},
            "Tue, Thu every week, 22:00 for 1 hour 30 minutes (UTC)",
        ),
        ({"frequency": "once"}, "1 Jan 2026, 22:00 for 4 hours (UTC)"),
    ],
)
def test_a_rule_is_said_as_people_say_it(
    checkout: Service, fields: dict[str, Any], expected: str
) -> None:
    assert in_words(make_change_window(checkout, **fields)) == expected


def test_a_permitted_time_is_set_up_changed_and_retired_on_pages(
    client: Client, checkout: Service, manager: User
) -> None:
    told = {
        "name": "Monthly window",
        "services": ["checkout"],
        "frequency": "monthly",
        "interval": "1",
        "nth": "1",
        "weekdays": ["0"],
        "starts_on": "2026-01-01",
        "at": "22:00",
        "minutes": "240",
        "time_zone": "Europe/Berlin",
    }
    client.force_login(manager)
    wrong = client.post("/change/permitted-times/new/", {**told, "weekdays": []})
    assert (wrong.status_code, ChangeWindow.objects.count()) == (422, 0)
    assert client.post("/change/permitted-times/new/", told).status_code == 302
    window = ChangeWindow.objects.get()
    own = f"/change/permitted-times/{window.pk}"
    page = client.get(f"{own}/").content.decode()
    assert "first Mon of each month, 22:00 for 4 hours (Europe/Berlin)" in page
    assert "7 Dec" in page
    assert client.get(f"{own}/edit/").status_code == 200
    assert client.post(f"{own}/edit/", {**told, "minutes": "60"}).status_code == 302
    assert client.post(f"{own}/retire/").status_code == 302
    assert client.post(f"{own}/retire/").status_code == 409
    assert client.post(f"{own}/edit/", told).status_code == 409
    assert client.get("/change/permitted-times/?in_use=true").context["rows"] == []


def test_a_permitted_time_is_set_up_changed_and_retired_in_the_api(
    client: Client, checkout: Service, manager: User, platform: Team
) -> None:
    told = {
        "name": "Nights",
        "services": ["checkout"],
        "frequency": "daily",
        "starts_on": "2026-01-01",
        "at": "22:00",
        "minutes": 240,
        "time_zone": "UTC",
    }
    search = make_service("Search", team=platform)
    client.force_login(manager)
    assert client.post(API, {**told, "time_zone": "Moon"}, content_type=JSON).status_code == 400
    assert client.post(API, {**told, "services": []}, content_type=JSON).status_code == 409
    theirs = client.post(API, {**told, "services": [search.slug]}, content_type=JSON)
    everything = client.post(API, {**told, "covers_all": True}, content_type=JSON)
    assert theirs.status_code == 403
    assert everything.status_code == 201
    made = client.post(API, told, content_type=JSON).json()
    assert made["words"] == "every day, 22:00 for 4 hours (UTC)"
    changed = client.patch(f"{API}{made['id']}/", {"minutes": 60}, content_type=JSON).json()
    assert (changed["minutes"], changed["services"]) == (60, ["checkout"])
    assert client.post(f"{API}{made['id']}/retire/").json()["retired_at"]


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_for_few_and_many(
    client: Client, checkout: Service, manager: User, number: int
) -> None:
    for _ in range(number):
        make_change_window(checkout)
    client.force_login(manager)
    assert own_queries(client, "/change/permitted-times/") <= 5
    assert own_queries(client, API) <= 4


def go_on_leave(person: User, start: datetime, end: datetime) -> None:
    leave = Leave(person=person, starts_at=start, ends_at=end)
    leave.changed_by = None
    leave.save()


@pytest.mark.parametrize(
    ("start", "minutes", "away"),
    [(at(14), 60, True), (at(14, 30), 600, True), (at(15), 60, False), (at(13), 60, False)],
)
def test_a_time_at_which_all_who_decide_are_away_is_warned_of_and_not_refused(
    client: Client,
    checkout: Service,
    olivia: User,
    manager: User,
    start: datetime,
    minutes: int,
    away: bool,
) -> None:
    request = asked_for(checkout, olivia, at(14))
    end = start + timedelta(minutes=minutes)
    go_on_leave(manager, start, end)
    own = f"/change/requests/{request.pk}/times/"
    client.force_login(olivia)
    warned = "All managers of Payments are away then, or for a part of it: Max."
    assert (warned in client.get(own).content.decode()) == away
    api = f"/api/v1/maintenance-requests/{request.pk}"
    expected = [warned] if away else []
    assert client.get(f"{api}/times/").json()["warnings"] == expected
    asked = client.get(f"{api}/what-if/", {"start": at(14).isoformat()})
    assert asked.json()["warnings"] == expected
    assert why_not_approve(request, manager) == []


def test_one_manager_at_work_is_enough(
    checkout: Service, olivia: User, manager: User, payments: Team
) -> None:
    request = asked_for(checkout, olivia, at(14))
    go_on_leave(manager, at(13), at(16))
    question = Question(request, olivia, clock.now())
    assert len(question.warnings) == 1
    make_person("Mia", team=payments, role=TeamRole.MANAGER)
    assert Question(request, olivia, clock.now()).warnings == []
