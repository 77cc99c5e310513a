"""Action items: every move, every refusal, and the reminders."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError

from knowledge import tasks, workflow
from knowledge.models import ACTION_TRANSITIONS, ActionItem, ActionState
from knowledge.workflow.actions import refusals
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, SendState, Service, User
from tests.knowledge.make import as_person, codes, make_action

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAIRS = [(was, to) for was in ActionState for to in ActionState]


def brought_to(state: ActionState, owner: User) -> ActionItem:
    action = make_action(owner)
    if state == ActionState.IN_PROGRESS:
        return workflow.start_action(action, actor=owner)
    if state == ActionState.DONE:
        return workflow.finish_action(action, proof="Deployed", actor=owner)
    if state == ActionState.DROPPED:
        return workflow.drop_action(action, reason="Not needed", actor=owner)
    return action


def move(action: ActionItem, to: ActionState, actor: User) -> ActionItem:
    if to == ActionState.OPEN:
        return workflow.reopen_action(action, reason="It came back", actor=actor)
    if to == ActionState.IN_PROGRESS:
        return workflow.start_action(action, actor=actor)
    if to == ActionState.DONE:
        return workflow.finish_action(action, proof="https://ci.example.com/7", actor=actor)
    return workflow.drop_action(action, reason="Service retired", actor=actor)


@pytest.mark.parametrize(("was", "to"), PAIRS)
def test_every_pair_of_states(olivia: User, was: ActionState, to: ActionState) -> None:
    action = brought_to(was, olivia)
    if to in ACTION_TRANSITIONS[was]:
        moved = move(action, to, olivia)
        assert moved.state == to
        is_end = to in {ActionState.DONE, ActionState.DROPPED}
        assert (moved.closed_at is not None, moved.remind_at is None) == (is_end, is_end)
        return
    before = Event.objects.count()
    with pytest.raises(TransitionNotAllowed) as refused:
        move(action, to, olivia)
    assert codes(refused) == ["wrong_state"]
    assert refusals(action, to)
    assert Event.objects.count() == before


def test_an_end_needs_words(olivia: User) -> None:
    action = make_action(olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.finish_action(action, proof=" ", actor=olivia)
    assert codes(refused) == ["proof_missing"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.drop_action(action, reason="", actor=olivia)
    assert codes(refused) == ["reason_missing"]
    done = workflow.finish_action(action, proof="Deployed", actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.reopen_action(done, reason="", actor=olivia)
    assert codes(refused) == ["reason_missing"]


def test_reopening_keeps_the_old_proof_in_the_event(olivia: User) -> None:
    done = brought_to(ActionState.DONE, olivia)
    again = workflow.reopen_action(done, reason="It came back", actor=olivia)
    assert again.proof == ""
    assert Event.objects.get(kind="action.reopened").data == {
        "reason": "It came back",
        "proof": "Deployed",
        "dropped_reason": "",
    }


def test_owner_and_due_date_can_change_until_the_end(olivia: User, ana: User) -> None:
    action = make_action(olivia)
    changed = workflow.change_action(action, owner=ana, due_on=date(2027, 1, 5), actor=olivia)
    assert (changed.owner, changed.due_on) == (ana, date(2027, 1, 5))
    event = Event.objects.get(kind="action.changed")
    assert event.data["before"] == {"owner": "Olivia", "due_on": "2026-12-01"}
    assert changed.remind_at == datetime(2026, 12, 29, 8, tzinfo=UTC)

    workflow.change_action(action, owner=ana, actor=olivia)  # nothing new
    assert Event.objects.filter(kind="action.changed").count() == 1

    done = workflow.finish_action(action, proof="Deployed", actor=ana)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_action(done, due_on=date(2027, 2, 1), actor=ana)
    assert codes(refused) == ["action_finished"]


def test_who_may_not_work_cannot_own(olivia: User, vera: User) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        make_action(vera)
    assert codes(refused) == ["owner_may_not_work"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_action(make_action(olivia), owner=vera, actor=olivia)
    assert codes(refused) == ["owner_may_not_work"]


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"state": "done", "proof": "Deployed"}, "action_closed_iff_closed_at"),
        ({"state": "dropped", "dropped_reason": "No"}, "action_closed_iff_closed_at"),
        ({"state": "lost", "closed_at": NOON}, "action_state_known"),
    ],
)
def test_the_database_knows_the_states(olivia: User, broken: dict[str, Any], name: str) -> None:
    make_action(olivia)
    with pytest.raises(IntegrityError, match=name):
        ActionItem.objects.update(**broken)


def test_versions_name_who_made_them(olivia: User, ana: User) -> None:
    action = make_action(olivia, actor=ana)
    workflow.start_action(action, actor=olivia)
    workflow.finish_action(action, proof="Deployed", actor=ana)
    versions = action.history.order_by("pk").values_list("history_user", "state")
    assert list(versions) == [
        (ana.pk, "open"),
        (olivia.pk, "in_progress"),
        (ana.pk, "done"),
    ]


class TestReminders:
    def remind(self, action: ActionItem, day: str) -> bool:
        return workflow.remind(action.pk, now=datetime.fromisoformat(f"{day}T08:00+00:00"))

    @time_machine.travel("2026-11-01 10:00+00:00")
    def test_owner_first_and_managers_after_two_weeks(
        self, olivia: User, request: pytest.FixtureRequest, checkout: Service
    ) -> None:
        manager: User = request.getfixturevalue("max")
        action = make_action(olivia, service=checkout)
        assert not self.remind(action, "2026-11-23")
        days = ["2026-11-24", "2026-11-30", "2026-12-01", "2026-12-08"]
        for day in days:
            assert self.remind(action, day)
            assert not self.remind(action, day)
        told = Notification.objects.filter(kind="reminder").order_by("pk")
        assert list(told.values_list("person", flat=True)) == [olivia.pk] * 4
        assert list(told.values_list("subject", flat=True)) == [
            "Due in 7 days: Add an alert",
            "Due in 1 day: Add an alert",
            "Due today: Add an alert",
            "Overdue by 7 days: Add an alert",
        ]

        assert self.remind(action, "2026-12-15")
        late = Notification.objects.order_by("-pk").values_list("person", flat=True)
        assert set(late[:2]) == {olivia.pk, manager.pk}

    @time_machine.travel("2026-11-01 10:00+00:00")
    def test_without_a_service_the_owners_managers_hear_of_it(
        self, olivia: User, request: pytest.FixtureRequest
    ) -> None:
        manager: User = request.getfixturevalue("max")
        action = make_action(olivia)
        self.remind(action, "2026-12-20")
        told = Notification.objects.values_list("person", flat=True)
        assert set(told) == {olivia.pk, manager.pk}

    def test_the_morning_is_the_owners(self, olivia: User) -> None:
        olivia.time_zone = "Asia/Tokyo"
        olivia.changed_by = None
        olivia.save()
        with time_machine.travel("2026-11-01 10:00+00:00"):
            action = make_action(olivia)
        assert action.remind_at == datetime(2026, 11, 23, 23, tzinfo=UTC)

    @time_machine.travel("2026-11-01 10:00+00:00")
    def test_what_is_finished_reminds_nobody(self, olivia: User) -> None:
        action = make_action(olivia)
        self.remind(action, "2026-11-24")
        workflow.finish_action(action, proof="Deployed", actor=olivia)
        assert Notification.objects.filter(state=SendState.CANCELLED).count() == 1
        assert not self.remind(action, "2026-12-01")

    def test_beat_finds_what_is_due(
        self, olivia: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[Any, ...]] = []
        monkeypatch.setattr(tasks, "later", lambda *hint: asked.append(hint))
        with time_machine.travel("2026-11-01 10:00+00:00"):
            action = make_action(olivia)
        with time_machine.travel("2026-11-23 10:00+00:00"):
            tasks.remind_of_actions()
        assert asked == []
        with time_machine.travel("2026-11-24 08:10+00:00"):
            tasks.remind_of_actions()
            tasks.remind_of_action(action.pk)
            tasks.remind_of_action(action.pk)
        assert asked == [("knowledge.remind_of_action", action.pk)]
        assert Notification.objects.count() == 1


class TestDoors:
    def test_the_page_moves_it(self, olivia: User) -> None:
        client = as_person(olivia)
        due = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011
        form = {"title": "Add an alert", "owner": olivia.pk, "due_on": due}
        made = client.post("/learn/actions/new/", form)
        assert made.status_code == 302
        address = made.headers["Location"]
        assert "Add an alert" in client.get(address).content.decode()
        assert client.post(f"{address}start/").status_code == 302
        assert client.post(f"{address}start/").status_code == 409
        kept = client.post(f"{address}finish/", {"proof": ""})
        assert kept.status_code == 422
        assert client.post(f"{address}finish/", {"proof": "Deployed 7"}).status_code == 302
        assert "Deployed 7" in client.get(address).content.decode()
        assert client.post(f"{address}reopen/", {"reason": ""}).status_code == 422
        assert client.post(f"{address}reopen/", {"reason": "Again"}).status_code == 302
        changed = form | {"title": "Add two alerts"}
        assert client.post(f"{address}change/", changed).status_code == 302
        assert client.post(f"{address}change/", {"title": ""}).status_code == 422
        assert client.post(f"{address}drop/", {"reason": ""}).status_code == 422
        assert client.post(f"{address}drop/", {"reason": "No more"}).status_code == 302
        assert "Add two alerts" in client.get("/learn/actions/?view=all").content.decode()

    def test_the_api_moves_it(self, olivia: User, checkout: Service) -> None:
        client = as_person(olivia)
        new = {"title": "T", "owner": olivia.pk, "due_on": "2026-12-01", "service": "checkout"}
        made = client.post("/api/v1/actions/", new, **JSON)
        assert made.status_code == 201
        assert made.json()["next_states"] == ["done", "dropped", "in_progress"]
        address = f"/api/v1/actions/{made.json()['id']}/"
        assert client.post(f"{address}start/").json()["state"] == "in_progress"
        changed = client.post(f"{address}change/", {"due_on": "2026-12-24"}, **JSON)
        assert changed.json()["due_on"] == "2026-12-24"
        assert client.post(f"{address}finish/", {}, **JSON).status_code == 400
        done = client.post(f"{address}finish/", {"proof": "Deployed"}, **JSON)
        assert done.json()["proof"] == "Deployed"
        again = client.post(f"{address}drop/", {"reason": "r"}, **JSON)
        assert again.status_code == 409
        assert again.json()["reasons"][0]["code"] == "wrong_state"
        assert client.post(f"{address}reopen/", {"reason": "r"}, **JSON).status_code == 200

    def test_the_same_key_makes_one(self, olivia: User) -> None:
        client = as_person(olivia)
        new = {"title": "T", "owner": olivia.pk, "due_on": "2026-12-01"}
        for _ in range(2):
            answer = client.post(
                "/api/v1/actions/", new, **JSON, headers={"Idempotency-Key": "k"}
            )
            assert answer.status_code == 201
        assert ActionItem.objects.count() == 1

    @pytest.mark.parametrize(
        ("name", "read", "change"),
        [
            ("olivia", 200, 302),  # in the team of the service
            ("ana", 200, 302),  # the owner
            ("ada", 200, 302),
            ("vera", 200, 403),
            ("otto", 404, 404),
        ],
    )
    def test_who_may(
        self,
        request: pytest.FixtureRequest,
        ana: User,
        checkout: Service,
        name: str,
        read: int,
        change: int,
    ) -> None:
        action = make_action(ana, service=checkout)
        client = as_person(request.getfixturevalue(name))
        assert client.get(action.get_absolute_url()).status_code == read
        assert client.get(f"/api/v1/actions/{action.pk}/").status_code == read
        assert client.get("/learn/actions/").status_code == read
        api = client.post(f"/api/v1/actions/{action.pk}/start/")
        assert api.status_code == (200 if change == 302 else change)
        form = {"proof": "Deployed"}
        page = client.post(f"{action.get_absolute_url()}finish/", form)
        assert page.status_code == change

    def test_a_member_elsewhere_may_not_change_it(self, ana: User, olivia: User) -> None:
        action = make_action(olivia)
        client = as_person(ana)
        assert client.post(f"{action.get_absolute_url()}start/").status_code == 403
        assert client.post(f"/api/v1/actions/{action.pk}/start/").status_code == 403


class TestLists:
    def test_mine_overdue_and_all(self, olivia: User, ana: User) -> None:
        make_action(olivia, "Mine and late", due_on=date(2020, 1, 1))
        make_action(olivia, "Mine", due_on=date(2999, 1, 1))
        make_action(ana, "Hers", due_on=date(2999, 1, 1))
        client = as_person(olivia)

        def titles(query: str) -> set[str]:
            page = client.get(f"/learn/actions/{query}").context["page"]
            return {action.title for action in page.rows}

        assert titles("") == {"Mine and late", "Mine"}
        assert titles("?view=overdue") == {"Mine and late"}
        assert titles("?view=unfinished") == {"Mine and late", "Mine", "Hers"}
        assert titles(f"?owner={ana.pk}") == {"Hers"}
        assert titles("?view=all&origin=review") == set()
        api = client.get("/api/v1/actions/?overdue=true").json()["results"]
        assert [row["title"] for row in api] == ["Mine and late"]

    def test_a_viewer_sees_what_is_open(self, olivia: User, vera: User) -> None:
        make_action(olivia)
        assert len(as_person(vera).get("/learn/actions/").context["page"]) == 1
