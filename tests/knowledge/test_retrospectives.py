"""Retrospectives: cards while it is open, actions into the tracker, closed by who leads it."""

from datetime import date
from typing import Any

import pytest

from knowledge import workflow
from knowledge.models import ActionItem, Card, Origin
from portal.errors import TransitionNotAllowed
from portal.models import Team, User
from tests.knowledge.make import as_person, codes, make_retrospective

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}


def test_cards_are_written_and_taken_back_by_their_author(
    olivia: User, ada: User, payments: Team
) -> None:
    retrospective = make_retrospective(payments, olivia)
    card = workflow.add_card(retrospective, column="went_well", text=" Calm ", actor=olivia)
    assert card.text == "Calm"
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.remove_card(card, actor=ada)
    assert codes(refused) == ["not_your_card"]
    workflow.remove_card(card, actor=olivia)
    assert Card.objects.count() == 0


def test_what_is_agreed_on_goes_to_the_tracker(olivia: User, payments: Team) -> None:
    retrospective = make_retrospective(payments, olivia)
    action = workflow.agree_on_action(
        retrospective, title="T", owner=olivia, due_on=date(2026, 12, 1), actor=olivia
    )
    assert (action.origin, action.reference) == (
        Origin.RETROSPECTIVE,
        f"retrospective:{retrospective.pk}",
    )
    assert action.reference_url == retrospective.get_absolute_url()


def test_closed_is_closed_for_everything(olivia: User, payments: Team) -> None:
    retrospective = make_retrospective(payments, olivia)
    card = workflow.add_card(retrospective, column="improve", text="T", actor=olivia)
    closed = workflow.close_retrospective(retrospective, actor=olivia)
    assert not closed.is_open
    due_on = date(2026, 12, 1)
    for verb in (
        lambda: workflow.add_card(closed, column="improve", text="T", actor=olivia),
        lambda: workflow.remove_card(card, actor=olivia),
        lambda: workflow.close_retrospective(closed, actor=olivia),
        lambda: workflow.agree_on_action(
            closed, title="T", owner=olivia, due_on=due_on, actor=olivia
        ),
    ):
        with pytest.raises(TransitionNotAllowed) as refused:
            verb()
        assert codes(refused) == ["retrospective_closed"]
    who = list(closed.history.order_by("pk").values_list("history_user", flat=True))
    assert who == [None, olivia.pk]


def test_a_viewer_cannot_lead(vera: User, payments: Team) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        make_retrospective(payments, vera)
    assert codes(refused) == ["facilitator_may_not_work"]


def test_what_earlier_ones_left_open_stands_first(
    olivia: User, ana: User, payments: Team, platform: Team
) -> None:
    earlier = make_retrospective(payments, olivia, held_on=date(2026, 11, 6))
    others = make_retrospective(platform, ana, held_on=date(2026, 11, 6))
    due: dict[str, Any] = {"due_on": date(2026, 12, 1), "actor": None}
    workflow.agree_on_action(earlier, title="Still open", owner=olivia, **due)
    done = workflow.agree_on_action(earlier, title="Is done", owner=olivia, **due)
    workflow.finish_action(done, proof="Deployed", actor=olivia)
    workflow.agree_on_action(others, title="Of others", owner=ana, **due)

    now = make_retrospective(payments, olivia)

    page = as_person(olivia).get(now.get_absolute_url())
    assert [action.title for action in page.context["earlier"]] == ["Still open"]
    api = as_person(olivia).get(f"/api/v1/retrospectives/{now.pk}/").json()
    assert [action["title"] for action in api["earlier_actions"]] == ["Still open"]


def test_the_page_leads_through(olivia: User, payments: Team) -> None:
    client = as_person(olivia)
    form = {
        "team": payments.pk,
        "title": "Sprint 12",
        "held_on": "2026-11-20",
        "facilitator": olivia.pk,
    }
    assert client.get("/learn/retrospectives/new/").status_code == 200
    assert client.post("/learn/retrospectives/new/", form | {"title": ""}).status_code == 422
    address = client.post("/learn/retrospectives/new/", form).headers["Location"]

    card = {"column": "went_well", "text": "Calm <night>"}
    assert client.post(f"{address}cards/", card).status_code == 302
    kept = client.post(f"{address}cards/", {"column": "improve", "text": ""})
    assert kept.status_code == 422
    page = client.get(address).content.decode()
    assert "Calm &lt;night&gt;" in page
    action = {"title": "Fewer alerts", "owner": olivia.pk, "due_on": "2026-12-01"}
    assert client.post(f"{address}actions/", action).status_code == 302
    assert client.post(f"{address}actions/", action | {"due_on": "x"}).status_code == 422
    assert ActionItem.objects.get().title == "Fewer alerts"
    gone = client.post(f"{address}cards/{Card.objects.get().pk}/remove/")
    assert gone.status_code == 302
    assert client.post(f"{address}close/").status_code == 302
    assert client.post(f"{address}close/").status_code == 409
    assert "Sprint 12" in client.get("/learn/retrospectives/").content.decode()


def test_the_api_leads_through(olivia: User, payments: Team) -> None:
    client = as_person(olivia)
    new = {
        "team": "payments",
        "title": "Sprint 12",
        "held_on": "2026-11-20",
        "facilitator": olivia.pk,
    }
    made = client.post("/api/v1/retrospectives/", new, **JSON)
    assert made.status_code == 201
    address = f"/api/v1/retrospectives/{made.json()['id']}/"
    card = client.post(f"{address}cards/", {"column": "improve", "text": "T"}, **JSON)
    assert card.status_code == 201
    assert (
        client.post(f"{address}cards/", {"column": "x", "text": ""}, **JSON).status_code == 400
    )
    action = {"title": "T", "owner": olivia.pk, "due_on": "2026-12-01"}
    assert client.post(f"{address}actions/", action, **JSON).status_code == 201
    whole = client.get(address).json()
    assert [row["text"] for row in whole["cards"]] == ["T"]
    assert [row["title"] for row in whole["actions"]] == ["T"]
    assert client.delete(f"{address}cards/{card.json()['id']}/").status_code == 204
    assert client.post(f"{address}close/").json()["state"] == "closed"
    assert client.post(f"{address}close/").status_code == 409


@pytest.mark.parametrize(
    ("name", "read", "write", "close"),
    [
        ("olivia", 200, 302, 403),
        ("max", 200, 302, 302),  # manages the team
        ("ada", 200, 302, 302),
        ("ana", 200, 403, 403),
        ("vera", 200, 403, 403),
        ("otto", 404, 404, 404),
    ],
)
def test_who_may(
    request: pytest.FixtureRequest, payments: Team, name: str, read: int, write: int, close: int
) -> None:
    leader = request.getfixturevalue("max")
    retrospective = make_retrospective(payments, leader)
    client = as_person(request.getfixturevalue(name))
    page, api = retrospective.get_absolute_url(), f"/api/v1/retrospectives/{retrospective.pk}/"
    card = {"column": "improve", "text": "T"}
    assert client.get(page).status_code == read
    assert client.get(api).status_code == read
    assert client.get("/learn/retrospectives/").status_code == read
    assert client.post(f"{page}cards/", card).status_code == write
    added = client.post(f"{api}cards/", card, **JSON).status_code
    assert added == (201 if write == 302 else write)
    assert client.post(f"{page}close/").status_code == close
    assert client.post(f"{api}close/").status_code == (409 if close == 302 else close)


def test_nobody_holds_one_for_a_team_of_others(ana: User, payments: Team) -> None:
    new = {"team": "payments", "title": "T", "held_on": "2026-11-20", "facilitator": ana.pk}
    client = as_person(ana)
    assert client.post("/api/v1/retrospectives/", new, **JSON).status_code == 403
    form = new | {"team": payments.pk}
    assert client.post("/learn/retrospectives/new/", form).status_code == 422
