"""Who may: each person of the cast at each door, success beside every refusal."""

from datetime import timedelta
from typing import Any

import pytest

from incidents import workflow
from incidents.models import Incident, IncidentState
from operations import workflow as operations
from operations.models import Severity
from portal import clock
from portal.models import Service, Team, User
from tests.incidents.doors import DOORS, api, ask, ask_review, signed_in_as, taken
from tests.incidents.make import make_incident, make_review, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

# Who may work on an incident of Payments, and what the others are told.
MAY = {"olivia": True, "manager": True, "ada": True, "ana": 403, "vera": 403, "otto": 404}
LOOK = {**dict.fromkeys(["olivia", "manager", "ada", "ana", "vera"], 200), "otto": 404}
PAGES = [
    "/respond/",
    "/respond/incidents/",
    "/respond/incidents.csv",
    "/respond/reviews/",
    "/respond/severities/",
    "/respond/{pk}/",
    "/respond/{pk}/review/",
    "/api/v1/incidents/",
    "/api/v1/incidents/{pk}/",
    "/api/v1/incidents/{pk}/timeline/",
    "/api/v1/reviews/",
    "/api/v1/reviews/{review}/",
    "/api/v1/severity-policies/",
    "/api/v1/severity-policies/0/",
    "/api/v1/status-templates/",
]


@pytest.fixture
def cast(
    olivia: User, manager: User, ana: User, vera: User, otto: User, ada: User
) -> dict[str, User]:
    return {
        "olivia": olivia,
        "manager": manager,
        "ana": ana,
        "vera": vera,
        "otto": otto,
        "ada": ada,
    }


@pytest.mark.parametrize("path", PAGES)
def test_who_may_look(cast: dict[str, User], checkout: Service, path: str) -> None:
    review = make_review(checkout, cast["olivia"])
    url = path.format(pk=review.incident_id, review=review.pk)
    seen = {name: signed_in_as(person).get(url).status_code for name, person in cast.items()}
    assert seen == LOOK


@pytest.mark.parametrize("path", PAGES)
def test_nobody_looks_without_signing_in(
    client: Any, checkout: Service, olivia: User, path: str
) -> None:
    review = make_review(checkout, olivia)
    url = path.format(pk=review.incident_id, review=review.pk)
    assert client.get(url).status_code in {302, 401}


@pytest.mark.parametrize("name", list(MAY))
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("snooze", {"minutes": 60}),
        ("escalate", {}),
        ("severity", {"severity": 3}),
        ("notes", {"text": "A cable"}),
        ("updates", {"phase": "identified", "text": "A cable."}),
        ("resolve", {"summary": "Plugged in"}),
    ],
)
def test_who_may_work_on_it(
    cast: dict[str, User],
    checkout: Service,
    verb: str,
    said: dict[str, Any],
    door: str,
    name: str,
) -> None:
    incident = make_incident(checkout)
    response = ask(door, cast[name], incident, verb, **said)

    if MAY[name] is True:
        assert taken(door, response), response.content
    else:
        assert response.status_code == MAY[name]
        incident.refresh_from_db()
        assert incident.state == IncidentState.TRIGGERED


@pytest.mark.parametrize("name", list(MAY))
@pytest.mark.parametrize("door", DOORS)
def test_who_may_give_back_reopen_and_close(
    cast: dict[str, User], checkout: Service, door: str, name: str
) -> None:
    person, olivia = cast[name], cast["olivia"]
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    answers = [ask(door, person, incident, "unacknowledge")]
    workflow.resolve(incident, summary="Done", actor=olivia)
    answers.append(ask(door, person, incident, "close"))
    answers.append(ask(door, person, incident, "reopen", reason="It is back"))

    if MAY[name] is True:
        assert all(taken(door, answer) for answer in answers)
    else:
        assert {answer.status_code for answer in answers} == {MAY[name]}


@pytest.mark.parametrize("name", list(MAY))
@pytest.mark.parametrize("door", DOORS)
def test_who_may_write_the_review(
    cast: dict[str, User], checkout: Service, door: str, name: str
) -> None:
    review = make_review(checkout, cast["olivia"])
    person = cast[name]
    words = {"root_cause": "A cable."}
    action = {"title": "Label it", "owner": cast["olivia"].pk, "due_on": "2027-01-08"}
    answers = [
        ask_review(door, person, review, "save", version=1, sections=words),
        ask_review(door, person, review, "actions", **action),
    ]
    if MAY[name] is True:
        assert all(taken(door, answer) for answer in answers)
    else:
        assert {answer.status_code for answer in answers} == {MAY[name]}
        review.refresh_from_db()
        assert "root_cause" not in review.sections


@pytest.mark.parametrize("door", DOORS)
def test_whoever_is_on_call_may_wherever_they_work(
    checkout: Service, payments: Team, olivia: User, ana: User, vera: User, door: str
) -> None:
    now = clock.now()
    operations.override(
        make_schedule(payments, olivia),
        person=ana,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        actor=olivia,
    )
    incident = make_incident(checkout, severity=Severity.P0)
    assert ask(door, vera, incident, "acknowledge").status_code == 403
    assert taken(door, ask(door, ana, incident, "acknowledge"))
    incident.refresh_from_db()
    assert incident.state == IncidentState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("name", "status"),
    [("olivia", 302), ("ana", 302), ("ada", 302), ("vera", 403), ("otto", 404)],
)
def test_everybody_who_works_here_may_declare(
    cast: dict[str, User], checkout: Service, name: str, status: int
) -> None:
    said = {"service": "checkout", "title": "It is slow", "severity": "2", "source": "team"}
    client = signed_in_as(cast[name])
    assert client.post("/respond/declare/", said).status_code == status
    in_the_api = api(client, "/api/v1/incidents/", said).status_code
    assert in_the_api == {302: 201}.get(status, status)
    assert Incident.objects.count() == (2 if status == 302 else 0)


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "close", "notes", "runbooks"])
def test_verbs_are_not_done_by_looking(checkout: Service, olivia: User, verb: str) -> None:
    incident = make_incident(checkout)
    client = signed_in_as(olivia)
    assert client.get(f"/respond/{incident.pk}/{verb}/").status_code == 405
    incident.refresh_from_db()
    assert incident.state == IncidentState.TRIGGERED
