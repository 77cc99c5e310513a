"""Actions that wait, are proved, come back, and are looked at together."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from knowledge import action_figures, workflow
from knowledge.models import ActionItem, ActionState, Priority, RunbookRun, RunbookRunState
from knowledge.proofs import proofs_for
from knowledge.reminders import next_reminder
from operations.models import Check, CheckState
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, User
from tests.knowledge.make import as_person, codes, make_action

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}
LATER = date(2027, 2, 1)


@pytest.fixture
def action(olivia: User, checkout: Service) -> ActionItem:
    return make_action(olivia, service=checkout)


@pytest.mark.parametrize("door", ["page", "api"])
def test_postponing_says_why_and_is_counted(
    olivia: User, action: ActionItem, door: str
) -> None:
    client = as_person(olivia)
    said = {"due_on": LATER.isoformat(), "reason": "The part is late"}
    if door == "page":
        address = f"{action.get_absolute_url()}postpone/"
        assert client.post(address, said | {"reason": ""}).status_code == 422
        assert client.post(address, said).status_code == 302
        assert client.post(address, said).status_code == 409
    else:
        address = f"/api/v1/actions/{action.pk}/postpone/"
        assert client.post(address, said | {"reason": ""}, **JSON).status_code == 400
        assert client.post(address, said, **JSON).json()["postponed_count"] == 1
        again = client.post(address, said, **JSON)
        assert again.json()["reasons"][0]["code"] == "not_later"
    action.refresh_from_db()
    assert (action.due_on, action.postponed_count) == (LATER, 1)
    told = Event.objects.get(kind="action.postponed").data
    assert (told["before"], told["what"]) == ("2026-12-01", "The part is late")


@time_machine.travel("2026-11-20 12:00+00:00")
def test_a_snooze_is_quiet_until_its_day_and_leaves_the_due_date(
    olivia: User, action: ActionItem
) -> None:
    until = date(2026, 12, 10)
    snoozed = workflow.snooze_action(action, until=until, reason="Away", actor=olivia)
    assert snoozed.remind_at == datetime(2026, 12, 10, 8, tzinfo=UTC)
    assert snoozed.due_on == action.due_on
    woken = workflow.wake_action(snoozed, actor=olivia)
    assert woken.remind_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.wake_action(woken, actor=olivia)
    assert codes(refused) == ["not_snoozed"]


@time_machine.travel("2026-11-20 12:00+00:00")
@pytest.mark.parametrize("until", [date(2026, 11, 20), date(2027, 3, 1)])
def test_a_snooze_ends_within_ninety_days(
    olivia: User, action: ActionItem, until: date
) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.snooze_action(action, until=until, reason="Away", actor=olivia)
    assert codes(refused) == ["snooze_day"]


def test_what_is_finished_neither_waits_nor_sleeps(olivia: User, action: ActionItem) -> None:
    done = workflow.finish_action(action, proof="Deployed", actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.postpone_action(done, due_on=LATER, reason="x", actor=olivia)
    assert codes(refused) == ["action_finished"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.snooze_action(done, until=LATER, reason="x", actor=olivia)
    assert codes(refused) == ["action_finished"]


def test_what_a_review_asked_for_is_proved_by_what_others_can_see(olivia: User) -> None:
    action = make_action(olivia, origin="review")
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.finish_action(action, proof="Done, I think", actor=olivia)
    assert codes(refused) == ["proof_link_missing"]
    url = "https://ci.example.com/7"
    done = workflow.finish_action(action, proof="Load test", proof_url=url, actor=olivia)
    assert (done.proof, done.proof_url) == ("Load test", url)


def make_check(service: Service, state: CheckState) -> Check:
    check = Check(name="Pay", service=service, url="https://example.com/", state=state)
    check.changed_by = None
    check.save()
    return check


def test_a_check_that_passes_is_proof_and_one_that_fails_is_not(
    olivia: User, checkout: Service, action: ActionItem
) -> None:
    check = make_check(checkout, CheckState.UP)
    offered = proofs_for(olivia, action)
    assert [proof.reference for proof in offered] == [f"check:{check.pk}"]
    Check.objects.update(state=CheckState.DOWN)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.finish_action(action, proof_reference=f"check:{check.pk}", actor=olivia)
    assert codes(refused) == ["proof_unknown"]
    Check.objects.update(state=CheckState.UP)
    address = f"/api/v1/actions/{action.pk}/"
    client = as_person(olivia)
    assert client.get(f"{address}proofs/").json()[0]["kind"] == "check"
    done = client.post(f"{address}finish/", {"proof_reference": f"check:{check.pk}"}, **JSON)
    assert done.json()["proof_kind"] == "check"
    assert done.json()["proof_url"] == check.get_absolute_url()
    again = workflow.reopen_action(action, reason="It fails", actor=olivia)
    assert (again.proof, again.proof_reference, again.proof_kind) == ("", "", "evidence")


def test_drills_before_the_promise_prove_nothing(
    olivia: User, checkout: Service, action: ActionItem
) -> None:
    states = set(RunbookRun.objects.values_list("state", flat=True))
    assert RunbookRunState.SUCCEEDED not in states
    assert proofs_for(olivia, action) == []


@time_machine.travel("2026-11-01 10:00+00:00")
def test_high_priority_reaches_the_managers_the_day_after(
    olivia: User, max: User, checkout: Service
) -> None:
    action = make_action(olivia, service=checkout, priority=Priority.HIGH)
    late = datetime(2026, 12, 2, 8, tzinfo=UTC)
    ActionItem.objects.filter(pk=action.pk).update(remind_at=late)
    assert workflow.remind(action.pk, now=late)
    told = Notification.objects.filter(kind="reminder")
    assert {row.person.name for row in told if row.person} == {"Olivia", "Max"}
    action.refresh_from_db()
    assert action.escalated_at == late
    assert Event.objects.get(kind="action.escalated").data["what"] == "Max"


def test_high_priority_is_reminded_of_once_more() -> None:
    due, after = date(2026, 12, 1), datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert next_reminder(due, after, UTC, priority=Priority.HIGH).day == 2
    assert next_reminder(due, after, UTC).day == 8


@time_machine.travel("2026-12-20 10:00+00:00", tick=False)
def test_what_did_not_hold_comes_back_as_a_finding(
    olivia: User, max: User, action: ActionItem
) -> None:
    done = workflow.finish_action(action, proof="Deployed", actor=olivia)
    again = workflow.reopen_as_finding(done, because="The pool again", actor=None)
    assert (again.state, again.due_on) == (ActionState.OPEN, date(2027, 1, 3))
    assert again.recurred_at == clock.now()
    told = Notification.objects.filter(topic=f"action:{action.pk}")
    assert {row.person.name for row in told if row.person} == {"Olivia", "Max"}
    assert Event.objects.get(kind="action.recurred").data["what"] == "The pool again"


@pytest.mark.parametrize("door", ["page", "api"])
def test_many_are_given_away_at_once_and_each_answers_for_itself(
    olivia: User, max: User, ana: User, checkout: Service, door: str
) -> None:
    mine = make_action(olivia, service=checkout)
    theirs = make_action(ana, "Hers")
    done = workflow.finish_action(make_action(olivia, "Done"), proof="x", actor=olivia)
    keys = [mine.pk, theirs.pk, done.pk]
    client = as_person(olivia)
    if door == "page":
        said = {"action": keys, "do": "assign", "owner": max.pk}
        refused = client.post("/learn/actions/bulk/", {"action": keys, "do": "postpone"})
        assert refused.status_code == 422
        assert b"checked" in refused.content
        assert client.post("/learn/actions/bulk/", said).status_code == 302
    else:
        address = "/api/v1/actions/bulk/"
        assert client.post(address, {"actions": keys}, **JSON).status_code == 400
        answer = client.post(address, {"actions": keys, "owner": max.pk}, **JSON)
        told = [row["outcome"] for row in answer.json()["outcomes"]]
        assert told == ["changed", "refused", "refused"]
    owners = dict(ActionItem.objects.values_list("pk", "owner__name"))
    assert owners == {mine.pk: "Max", theirs.pk: "Ana", done.pk: "Olivia"}


def test_the_board_moves_cards_and_costs_the_same_however_full(
    olivia: User, checkout: Service, django_assert_max_num_queries: Any
) -> None:
    action = make_action(olivia, service=checkout)
    client = as_person(olivia)
    start = f"{action.get_absolute_url()}start/"
    assert client.post(start, {"next": "board"}).headers["Location"] == "/learn/actions/board/"
    assert client.post(f"{action.get_absolute_url()}put-back/").status_code == 302
    action.refresh_from_db()
    assert action.state == ActionState.OPEN
    client.get("/learn/actions/board/")
    for number in range(60):
        make_action(olivia, f"Action {number}", service=checkout)
    with django_assert_max_num_queries(26):
        shown = client.get("/learn/actions/board/")
    assert [len(column["rows"]) for column in shown.context["columns"]] == [50, 0, 0, 0]


def test_the_list_is_filtered_sorted_and_a_file(
    olivia: User, ana: User, checkout: Service
) -> None:
    make_action(olivia, "Later", service=checkout, due_on=LATER)
    make_action(ana, "Urgent", priority=Priority.HIGH, due_on=LATER + timedelta(days=9))
    client = as_person(olivia)

    def titles(query: str) -> list[str]:
        rows = client.get(f"/api/v1/actions/?{query}").json()["results"]
        return [row["title"] for row in rows]

    assert titles("team=payments") == ["Later"]
    assert titles("team=platform") == ["Urgent"]
    assert titles("priority=1") == ["Urgent"]
    assert titles("sort=priority") == ["Urgent", "Later"]
    assert titles("sort=-due") == ["Urgent", "Later"]
    lines = b"".join(client.get("/learn/actions.csv?priority=1")).decode().splitlines()
    assert len(lines) == 2
    assert "Urgent" in lines[1]


@time_machine.travel("2026-12-20 12:00+00:00")
def test_figures_say_how_promises_are_kept(olivia: User) -> None:
    assert action_figures.figures(ActionItem.objects.all(), clock.now()).on_time_share is None
    for due in (date(2026, 12, 24), date(2026, 12, 1), date(2026, 12, 20)):
        late_or_not = make_action(olivia, due_on=due)
        workflow.finish_action(late_or_not, proof="Done", actor=olivia)
    make_action(olivia, due_on=date(2026, 12, 1))
    figures = action_figures.figures(ActionItem.objects.all(), clock.now())
    assert (figures.on_time_share, figures.done_count) == (67, 3)
    assert (figures.open_count, figures.overdue_count, figures.oldest_age) == (1, 1, 0)
