"""The incident room: every verb through both doors, its fragments and its cost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import workflow
from incidents.access import may_work_on, workers_on
from incidents.models import Incident, IncidentState, StatusUpdate
from incidents.review_facts import facts_of
from knowledge.models import Document, RunbookRun
from knowledge.workflow import pause_run
from operations.models import Severity
from portal import clock
from portal.brief import Brief
from portal.models import Service, Team, User
from tests.incidents.doors import DOORS, api, ask, signed_in_as, taken
from tests.incidents.make import fire, make_incident, make_review, make_runbook, make_schedule
from tests.make import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout)


@pytest.fixture
def cast(olivia: User, max: User, ana: User, vera: User, otto: User, ada: User) -> list[User]:
    return [olivia, max, ana, vera, otto, ada]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    yield
    for kept in Brief.every:
        kept.forget()


def reasons(door: str, response: Any) -> str:
    """What the answer says, whichever door it came through."""
    return str(response.content.decode())


@pytest.mark.parametrize("door", DOORS)
def test_its_life_through_each_door(incident: Incident, olivia: User, door: str) -> None:
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("acknowledge", {}, "acknowledged"),
        ("unacknowledge", {}, "triggered"),
        ("acknowledge", {}, "acknowledged"),
        ("severity", {"severity": 3, "because": "Few see it"}, "acknowledged"),
        ("notes", {"text": "Looks like a cable"}, "acknowledged"),
        ("updates", {"phase": "identified", "text": "A cable."}, "acknowledged"),
        ("resolve", {"summary": "Plugged in"}, "resolved"),
        ("reopen", {"reason": "It fell out"}, "triggered"),
        ("resolve", {"summary": "Glued"}, "resolved"),
        ("close", {}, "closed"),
    ]
    for verb, said, state in steps:
        assert taken(door, ask(door, olivia, incident, verb, **said)), verb
        incident.refresh_from_db()
        assert incident.state == state

    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/").content.decode()
    for words in ("Looks like a cable", "A cable.", "It fell out", "Few see it", "Glued"):
        assert words in shown


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("verb", "said", "code"),
    [
        ("unacknowledge", {}, "not_acknowledged"),
        ("reopen", {"reason": "?"}, "not_resolved"),
        ("close", {}, "not_resolved"),
        ("severity", {"severity": 2}, "same_severity"),
    ],
)
def test_a_refusal_says_why_at_each_door(
    incident: Incident, olivia: User, door: str, verb: str, said: dict[str, Any], code: str
) -> None:
    response = ask(door, olivia, incident, verb, **said)

    assert response.status_code == 409
    assert code in reasons(door, response)


@pytest.mark.parametrize(
    ("verb", "said", "kept"),
    [
        ("notes", {"text": "", "happened_at": "2026-01-01T10:00"}, "2026-01-01T10:00"),
        ("notes", {"text": "I saw it", "happened_at": "2099-01-01T10:00"}, "I saw it"),
        ("resolve", {"summary": "x" * 4001}, "x" * 4001),
        ("severity", {"severity": "9", "because": "So bad"}, "So bad"),
        (
            "updates",
            {"phase": "investigating", "text": "We see [issue description]."},
            "We see",
        ),
        ("updates", {"phase": "resolved", "text": "All is well again."}, "All is well again."),
    ],
)
def test_bad_input_keeps_what_was_typed(
    incident: Incident, olivia: User, verb: str, said: dict[str, str], kept: str
) -> None:
    response = ask("page", olivia, incident, verb, **said)

    assert response.status_code == 422
    shown = response.content.decode()
    assert kept in shown
    assert 'data-outcome="error"' in shown
    assert '<details class="work-item" name="work" open>' in shown
    incident.refresh_from_db()
    assert incident.state == IncidentState.TRIGGERED
    assert not StatusUpdate.objects.exists()


def test_disabled_verbs_stand_there_with_their_reasons(
    incident: Incident, olivia: User, vera: User
) -> None:
    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/").content.decode()
    assert "Nobody has acknowledged this incident." in shown
    assert "This incident is not resolved." in shown

    shown = signed_in_as(vera).get(f"/respond/{incident.pk}/").content.decode()
    assert "Payments works on this incident." in shown


def test_the_api_says_the_same(incident: Incident, olivia: User) -> None:
    told = api(signed_in_as(olivia), f"/api/v1/incidents/{incident.pk}/").json()  # type: ignore[attr-defined]

    possible = {verb["verb"] for verb in told["verbs"] if not verb["reasons"]}
    assert possible == {
        "acknowledge",
        "mitigate",
        "give_role",
        "add_task",
        "finish_task",
        "pause_clock",
        "set_impact",
        "set_private",
        "merge",
        "resolve",
        "change_severity",
        "post_update",
        "start_runbook",
        "add_note",
        "snooze",
        "escalate",
        "page",
        "correct_milestone",
    }
    assert told["next_states"] == ["acknowledged", "merged", "mitigated", "resolved"]
    assert told["response_due_at"] is not None


def test_the_live_part_answers_only_with_news(incident: Incident, olivia: User) -> None:
    client = signed_in_as(olivia)
    page = client.get(f"/respond/{incident.pk}/").content.decode()
    seen = page.partition("?seen=")[2].partition('"')[0]
    htmx = {"headers": {"HX-Request": "true", "HX-Target": "room-live"}}
    url = f"/respond/{incident.pk}/live/?seen={seen}"
    assert client.get(url, **htmx).status_code == 204  # type: ignore[arg-type]

    workflow.acknowledge(incident, actor=olivia)
    news = client.get(url, **htmx)  # type: ignore[arg-type]

    assert news.status_code == 200
    shown = news.content.decode()
    assert shown.count("hx-swap-oob") == 5
    assert "Olivia</strong> acknowledged it" in shown
    assert "<html" not in shown
    assert client.get(url).status_code == 302  # without htmx: the room itself


@pytest.mark.parametrize("door", DOORS)
def test_a_suggested_runbook_is_started_once(
    checkout: Service, payments: Team, olivia: User, door: str
) -> None:
    runbook = make_runbook(payments, checkout)
    fire(checkout)
    incident = Incident.objects.get()
    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/").content.decode()
    assert "Runbook for HighErrorRate" in shown

    verb = {"page": "runbooks", "api": "start-runbook"}[door]
    for _ in range(2):
        assert taken(door, ask(door, olivia, incident, verb, document=runbook.slug))

    run = RunbookRun.objects.get()
    assert (run.reference, run.service) == (f"incident:{incident.pk}", checkout)
    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/").content.decode()
    assert "Look at the logs" in shown
    assert "started the runbook" in shown


def test_the_room_tells_of_a_run_to_those_who_may_read_its_runbook(
    checkout: Service, payments: Team, olivia: User, ana: User
) -> None:
    runbook = make_runbook(payments, checkout)
    Document.objects.filter(pk=runbook.pk).update(title="Zebra keys", is_team_only=True)
    incident = make_incident(checkout)
    run = workflow.start_runbook(incident, runbook, actor=olivia)
    pause_run(run, reason="Zebra", actor=olivia)

    def told(person: User) -> list[int]:
        client = signed_in_as(person)
        room = client.get(incident.get_absolute_url()).content.decode()
        log = client.get("/events/").content.decode()
        lines = client.get(f"/api/v1/incidents/{incident.pk}/timeline/").content.decode()
        return [text.count("paused the runbook") for text in (room, lines)] + [
            "ebra" in log + room + lines
        ]

    assert told(olivia) == [1, 1, True]
    assert told(ana) == [0, 0, False]
    assert "Zebra" not in str(facts_of(incident))  # a draft is for all who see the incident


def test_a_backdated_note_stands_where_it_happened(incident: Incident, olivia: User) -> None:
    earlier = clock.now() - timedelta(hours=1)
    workflow.add_note(incident, text="It began here", happened_at=earlier, actor=olivia)
    lines = api(signed_in_as(olivia), f"/api/v1/incidents/{incident.pk}/timeline/").json()  # type: ignore[attr-defined]

    assert lines["lines"][-1]["words"] == "It began here"
    assert lines["lines"][-1]["written_at"] > lines["lines"][-1]["at"]


def test_what_people_and_monitors_write_is_text(checkout: Service, olivia: User) -> None:
    evil = "<script>alert(1)</script>"
    fire(checkout, summary=evil)
    incident = Incident.objects.get()
    workflow.add_note(incident, text=f"{evil} https://example.com/?a=1&b=2", actor=olivia)
    workflow.resolve(incident, summary=evil, actor=olivia)

    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/").content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_room_costs_the_same_however_long_it_takes(
    checkout: Service, payments: Team, olivia: User, max: User
) -> None:
    client = signed_in_as(olivia)
    make_schedule(payments, olivia, max)
    make_runbook(payments, checkout)
    fire(checkout)
    incident = Incident.objects.get()
    workflow.add_note(incident, text="One", actor=olivia)
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    url = f"/respond/{incident.pk}/"
    queries(client, url)
    few = queries(client, url)

    for number in range(60):
        workflow.add_note(incident, text=f"Note {number}", actor=olivia)
        workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    for number in range(10):
        fire(checkout, name=f"Alert{number}", severity=Severity.P3)

    assert queries(client, url) == few
    assert few <= 22
    assert "Show all" in client.get(url).content.decode()
    assert "Show all" not in client.get(f"{url}?timeline=all").content.decode()


def test_a_room_of_an_incident_that_is_not_there(olivia: User) -> None:
    client = signed_in_as(olivia)
    for path in ("/respond/999/", "/respond/999/review/", "/api/v1/incidents/999/"):
        assert client.get(path).status_code == 404


def test_a_resolved_one_leads_to_its_review(checkout: Service, olivia: User) -> None:
    review = make_review(checkout, olivia)
    shown = signed_in_as(olivia).get(f"/respond/{review.incident_id}/").content.decode()
    assert "Write the review" in shown
    assert "The post-incident review is not published yet." in shown


def test_the_desk_beside_it_costs_the_same_and_works_by_itself(
    incident: Incident, checkout: Service, olivia: User, max: User
) -> None:
    client = signed_in_as(olivia)
    url = f"/respond/{incident.pk}/desk/"
    queries(client, url)
    few = queries(client, url)
    for number in range(30):
        make_person(f"Person {number}", team=checkout.team)
        workflow.add_task(incident, text=f"Task {number}", assignee=max, actor=olivia)
    assert queries(client, url) == few
    assert few <= 22

    whole = client.get(url).content.decode()
    assert "<html" in whole
    for words in ("Tell everybody", "Tell stakeholders", "Task 29", "Page somebody"):
        assert words in whole
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Task 29" in part
    room = client.get(f"/respond/{incident.pk}/").content.decode()
    assert f'hx-get="{url}"' in room
    assert f'href="{url}#tasks"' in room  # without scripts


def test_what_came_back_to_be_corrected_stands_in_the_room(
    incident: Incident, olivia: User
) -> None:
    refused = ask("page", olivia, incident, "tasks", text="", assignee=olivia.pk)
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert f'hx-get="/respond/{incident.pk}/desk/"' not in shown
    assert "Add a task" in shown


def test_asking_the_room_costs_who_asks_once_it_is_known(
    incident: Incident,
    olivia: User,
    ana: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REMEMBER_BRIEFLY = True
    for kept in Brief.every:
        monkeypatch.setattr(kept, "_seconds", 60)
    client, other = signed_in_as(olivia), signed_in_as(ana)
    page = client.get(f"/respond/{incident.pk}/").content.decode()
    seen = page.partition("?seen=")[2].partition('"')[0]
    url, htmx = f"/respond/{incident.pk}/live/", {"HX-Request": "true"}
    for asks in (client, other):
        asks.get(url, headers=htmx)
    for asked, status in ((f"{url}?seen={seen}", 204), (url, 200)):
        for asks in (client, other):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert asks.get(asked, headers=htmx).status_code == status
            assert len(captured) == 2  # the session and its person


def test_who_works_on_it_is_the_same_for_one_and_for_many(
    incident: Incident, cast: list[User], payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    for _paged in range(2):
        workers = workers_on(incident)
        for person in cast:
            by_many = person.is_administrator or (person.may_work and person.pk in workers)
            assert by_many == may_work_on(person, incident), person
        cast.append(make_person(f"Zoe {len(cast)}"))
        workflow.page_person(incident, person=cast[-1], actor=olivia)
