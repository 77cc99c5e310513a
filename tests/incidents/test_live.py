"""News of a room: cheap to ask for, the same for all who look, and told to nobody else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import live, workflow
from incidents.models import Incident, Visibility
from incidents.timeline import timeline
from incidents.timeline_lines import Place
from knowledge.workflow import answer_step
from portal.models import Service, User
from portal.wsgi import Doors
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident, make_runbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]
HTMX: Any = {"headers": {"HX-Request": "true", "HX-Target": "room-live"}}


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout)


def newest(address: str, seen: int = 0) -> Any:
    answer = Client().get(f"{address}?seen={seen}")
    return answer.json()["newest"] if answer.status_code == 200 else answer.status_code


def test_everything_that_happens_in_the_room_is_news(
    incident: Incident, olivia: User, vera: User
) -> None:
    address = live.address_for(vera, incident)
    seen = newest(address)
    assert newest(address, seen) == 204

    book = make_runbook(incident.service.team, incident.service)
    run = workflow.start_runbook(incident, book, actor=olivia)
    step = run.steps.get(order=1)
    note = workflow.add_note(incident, text="A cable", actor=olivia)
    verbs: list[Callable[[], object]] = [
        lambda: answer_step(step, state="done", actor=olivia),
        lambda: workflow.pin_note(note, is_pinned=True, actor=olivia),
        lambda: workflow.edit_note(note, version=1, text="Two", actor=olivia),
        lambda: workflow.acknowledge(incident, actor=olivia),
    ]
    for happen in verbs:
        seen = newest(address)
        happen()
        assert newest(address, seen) > seen


def test_the_address_is_for_one_person_and_one_incident_and_ends(
    incident: Incident, vera: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = live.address_for(vera, incident)
    assert Client().get(address[:-3] + "x/").status_code == 410
    assert Client().post(address).status_code == 405

    vera.is_active = False
    vera.save(update_fields=["is_active"])
    assert newest(address) == 404

    monkeypatch.setattr(live, "GOOD_FOR", live.GOOD_FOR * 0)
    assert newest(address) == 410


def test_asking_costs_one_statement_at_most(
    incident: Incident, vera: User, settings: Any
) -> None:
    settings.REMEMBER_BRIEFLY = True
    address = live.address_for(vera, incident)
    newest(address)
    live._newest._kept.clear()
    with CaptureQueriesContext(connection) as captured:
        newest(address)
        newest(address)
    assert len(captured) == 1
    live._newest._kept.clear()
    live._may_know._kept.clear()


def test_it_goes_the_short_way(
    incident: Incident, vera: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = Doors()
    asked: list[str] = []
    monkeypatch.setattr(doors, "_live", lambda *_: asked.append("short"))
    monkeypatch.setattr(doors, "_portal", lambda *_: asked.append("whole"))
    for path in (live.address_for(vera, incident), f"/respond/{incident.pk}/live/"):
        doors({"PATH_INFO": path}, lambda *_: None)
    assert asked == ["short", "whole"]


def test_the_parts_are_written_for_their_reader(
    incident: Incident, olivia: User, vera: User
) -> None:
    workflow.add_note(incident, text="Acme is hit", visibility=Visibility.WORKERS, actor=olivia)
    url = f"/respond/{incident.pk}/live/?seen=0"
    theirs = signed_in_as(vera).get(url, **HTMX).content.decode()
    mine = signed_in_as(olivia).get(url, **HTMX).content.decode()

    assert "Acme" not in theirs
    assert "Acme" in mine
    assert live.address_for(vera, incident).split(":")[0] in theirs
    token = mine.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert len(token) == 64


def test_roles_and_tasks_come_with_the_news(
    incident: Incident, olivia: User, manager: User, settings: Any
) -> None:
    settings.REMEMBER_BRIEFLY = True
    incident = workflow.acknowledge(incident, actor=olivia)
    workflow.offer_role(incident, role="commander", person=manager, actor=olivia)
    workflow.add_task(incident, text="Call the card network", actor=olivia)
    url = f"/respond/{incident.pk}/live/?seen=0"
    hers, his = (
        signed_in_as(each).get(url, **HTMX).content.decode() for each in (olivia, manager)
    )

    for shown in (hers, his):
        assert re.search(r'id="room-roles"[^>]* hx-swap-oob="true"', shown)
        assert "offered to Max" in shown
        tasks = shown.partition('id="room-task-list" hx-swap-oob="true"')[2]
        assert "Call the card network" in tasks
    assert f"/respond/{incident.pk}/roles/accept/" in his
    assert f"/respond/{incident.pk}/roles/accept/" not in hers


def test_a_group_of_lines_and_a_page_of_them(incident: Incident, olivia: User) -> None:
    for number in range(5):
        workflow.add_note(incident, text=f"Note {number}", actor=olivia)
    client = signed_in_as(olivia)
    alerts = client.get(f"/respond/{incident.pk}/?show=alerts").content.decode()
    assert "Note 1" not in alerts
    assert "Nothing of this kind has happened." in alerts
    for bad in ("show=everything", "before=x", "before=1.9.1", "before=1.2"):
        assert client.get(f"/respond/{incident.pk}/?{bad}").status_code == 404

    url = f"/api/v1/incidents/{incident.pk}/timeline/"
    told = api(client, f"{url}?show=people").json()["lines"]  # type: ignore[attr-defined]
    assert len(told) == 6
    assert api(client, f"{url}?before=x").status_code == 400


def test_pages_of_a_timeline_have_every_line_once(incident: Incident, olivia: User) -> None:
    at = incident.detected_at
    for number in range(7):
        workflow.add_note(incident, text=f"{number}", happened_at=at, actor=olivia)
    whole = [line["ref"] for line in timeline(incident, limit=None).lines]
    found: list[str] = []
    place: Place | None = None
    while True:
        page = timeline(incident, limit=3, before=place)
        found += [line["ref"] for line in page.lines]
        if not page.has_more:
            break
        place = Place.read(str(page.last))
    assert found == whole
    assert len(set(found)) == len(found)


def test_a_step_is_answered_in_the_room(incident: Incident, olivia: User, ana: User) -> None:
    book = make_runbook(incident.service.team, incident.service)
    run = workflow.start_runbook(incident, book, actor=olivia)
    client = signed_in_as(ana)  # whoever is at hand helps
    url = f"/respond/{incident.pk}/runs/{run.pk}/steps/1/"
    assert client.post(url, {"state": "failed"}).status_code == 422
    assert client.post(url, {"state": "done"}).status_code == 302
    shown = client.get(f"/respond/{incident.pk}/").content.decode()
    assert re.search(r"Ana, \d+ s", shown)
    assert f"run-{run.pk}-step-2" in shown

    other = make_incident(incident.service)
    url = f"/respond/{other.pk}/runs/{run.pk}/steps/2/"
    assert client.post(url, {"state": "done"}).status_code == 404
