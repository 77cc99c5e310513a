"""What incidents shows on other pages: Today, services, alerts, the band, search, threads."""

from typing import Any

import pytest

from incidents import workflow
from incidents.models import Incident
from knowledge.models import ActionItem, Document
from maintenance import workflow as maintenance
from maintenance.models import Category, MaintenanceRequest
from operations.models import Severity
from portal.models import Service, Team, User
from portal.slots import gather, panels_in
from portal.thread import thread
from tests.incidents.doors import signed_in_as
from tests.incidents.make import (
    fire,
    make_incident,
    make_review,
    make_runbook,
    promise,
    publish,
)
from tests.searching import found

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def panel(
    slot: str, user: User, subject: Any = None, *, template: str = "today"
) -> dict[str, Any] | None:
    """What incidents puts into a slot by this template."""
    name = f"incidents/panels/{template}.html"
    (ours,) = [each for each in panels_in(slot) if each.template == name]
    return ours.context(user, subject)


@pytest.mark.parametrize("path", ["/", "/services/checkout/"])
def test_pages_of_the_ground_floor_show_it(checkout: Service, olivia: User, path: str) -> None:
    make_incident(checkout, title="Nobody can pay", severity=Severity.P0)
    shown = signed_in_as(olivia).get(path).content.decode()
    assert "Nobody can pay" in shown
    assert "Acknowledge by" in shown


def test_an_alert_leads_to_its_incident(checkout: Service, olivia: User) -> None:
    alert = fire(checkout)
    shown = signed_in_as(olivia).get(alert.get_absolute_url()).content.decode()
    assert f"/respond/{Incident.objects.get().pk}/" in shown


def test_reviews_of_my_teams_are_on_my_today(
    checkout: Service, olivia: User, manager: User, ana: User
) -> None:
    make_review(checkout, olivia)
    seen = {each: panel("home.today", each) for each in (olivia, manager, ana)}
    assert [len(shown["reviews"]) for shown in seen.values() if shown] == [1, 1, 0]


def test_today_answers_whether_anybody_has_it(checkout: Service, olivia: User) -> None:
    def answer() -> list[str]:
        return [said["text"] for said in gather("home.answer", olivia)]

    assert answer() == ["Nothing is firing.", "No incident is open."]
    incident = make_incident(checkout)
    assert answer()[1:] == ["1 incident waits for somebody to take it."]
    workflow.acknowledge(incident, actor=olivia)
    assert answer()[1:] == ["1 incident is being worked on."]
    today = signed_in_as(olivia).get("/").content.decode()
    assert '<p class="answer" data-tone="busy">' in today


def test_only_grave_ones_stand_in_the_band(checkout: Service, olivia: User, otto: User) -> None:
    make_incident(checkout, title="Small", severity=Severity.P2)
    make_incident(checkout, title="Big", severity=Severity.P1)
    over = make_incident(checkout, title="Over", severity=Severity.P0)
    workflow.resolve(over, summary="Done", actor=olivia)

    ours = [item for item in gather("frame.band", olivia) if item["kind"] == "incident"]
    assert [item["text"] for item in ours] == ["Checkout: Big"]
    assert gather("frame.band", otto) == []


@pytest.mark.parametrize("query", ["pay", "PAY nobody", "INC-{pk}", "inc-{pk}", "{pk}"])
def test_search_finds_words_and_numbers(
    checkout: Service, olivia: User, otto: User, query: str
) -> None:
    incident = make_incident(checkout, title="Nobody can pay")
    query = query.format(pk=incident.pk)

    assert found(olivia, query, kinds=("incident",)) == [str(incident)]
    assert found(otto, query) == []


def kinds(user: User, subject: Any) -> list[str]:
    return [("no " if line["missing"] else "") + line["kind"] for line in thread(user, subject)]


def test_the_thread_leads_from_the_alert_to_the_request_and_back(
    checkout: Service,
    payments: Team,
    olivia: User,
) -> None:
    runbook = make_runbook(payments, checkout)
    alert = fire(checkout)
    incident = Incident.objects.get()
    assert kinds(olivia, incident) == ["alert", "incident", "no review"]

    run = workflow.start_runbook(incident, runbook, actor=olivia)
    workflow.resolve(incident, summary="Done", actor=olivia)
    incident = Incident.objects.with_room_columns().get()
    review = incident.review
    assert kinds(olivia, incident) == ["alert", "incident", "review", "no action", "document"]

    publish(review, olivia)
    action = ActionItem.objects.get()
    request = maintenance.request_from_action(
        action, category=Category.CORRECTIVE, actor=olivia
    )
    whole = ["alert", "incident", "review", "action", "request", "document"]
    for subject in (alert, incident, review):
        assert kinds(olivia, subject) == whole
    for below in (action, MaintenanceRequest.objects.get(pk=request.pk), run):
        assert set(kinds(olivia, below)) >= {"alert", "incident", "review"}
    for document in (runbook, Document.objects.get(kind="review")):
        assert set(kinds(olivia, document)) >= {"alert", "incident", "review"}


def test_the_thread_marks_where_one_is(checkout: Service, olivia: User) -> None:
    review = make_review(checkout, olivia)
    promise(review, olivia)
    current = [line["kind"] for line in thread(olivia, review) if line["current"]]
    assert current == ["review"]


def test_strangers_get_no_thread(checkout: Service, olivia: User, otto: User) -> None:
    alert = fire(checkout)
    assert [line for line in thread(otto, alert) if line["kind"] != "alert"] == []
    assert len(thread(olivia, alert)) >= 2


@pytest.mark.parametrize("reference", ["", "incident:", "incident:x", "incident:999", "odd:1"])
def test_a_reference_to_nothing_leads_nowhere(olivia: User, reference: str) -> None:
    action = ActionItem(pk=1, title="Odd", owner=olivia, reference=reference)
    assert "incident" not in kinds(olivia, action)
