"""What people do with alerts: by page and API alike, one or many, allowed or not."""

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from operations import workflow
from operations.models import ALERT_TRANSITIONS, Alert, AlertState
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.operations.make import NOON, make_alert, receive, told

ACKNOWLEDGED = {AlertState.UNACKED: AlertState.ACKED, AlertState.RETURNED: AlertState.NORMAL}
CLEARED = {AlertState.UNACKED: AlertState.RETURNED, AlertState.ACKED: AlertState.NORMAL}


@pytest.mark.parametrize("state", list(AlertState))
def test_acknowledging_in_every_state(
    olivia: User, checkout: Service, state: AlertState
) -> None:
    alert = make_alert(service=checkout, state=state)
    said = Event.objects.count()

    if state in ACKNOWLEDGED:
        done = workflow.acknowledge_alert(alert, actor=olivia)
        assert (done.state, done.acknowledged_by) == (ACKNOWLEDGED[state], olivia)
        assert Event.objects.order_by("-pk")[0].kind == "alert.acknowledged"
    else:
        with pytest.raises(TransitionNotAllowed):
            workflow.acknowledge_alert(alert, actor=olivia)
        assert Event.objects.count() == said


@pytest.mark.parametrize(("start", "what"), list(product(AlertState, ["clears", "occurs"])))
def test_what_the_monitor_tells_in_every_state(
    checkout: Service, start: AlertState, what: str
) -> None:
    alert = make_alert(service=checkout, state=start)
    later = NOON.replace(hour=20)

    if what == "clears":
        receive(alert.integration, told(ended=later))
        expected = CLEARED.get(start, start)
    else:
        receive(alert.integration, told(at=later))
        expected = AlertState.UNACKED

    alert.refresh_from_db()
    assert alert.state == expected
    # A newer occurrence of what still fires is not a change of state; all else is in the table.
    assert expected in ALERT_TRANSITIONS[start] | {start}


def test_every_state_has_a_way_out() -> None:
    assert set(ALERT_TRANSITIONS) == set(AlertState)
    assert all(ALERT_TRANSITIONS.values())


def test_page_and_api_acknowledge_alike(
    client: Client, olivia: User, checkout: Service
) -> None:
    first, second = make_alert(service=checkout), make_alert(service=checkout, name="Other")
    client.force_login(olivia)

    page = client.post(f"/operate/alerts/{first.pk}/acknowledge/")
    api = client.post(f"/api/v1/alerts/{second.pk}/acknowledge/")

    assert (page.status_code, page.headers["Location"]) == (302, first.get_absolute_url())
    assert (api.status_code, api.json()["state"]) == (200, "acked")
    assert api.json()["acknowledged_by"] == {"id": olivia.pk, "name": "Olivia"}

    page = client.post(f"/operate/alerts/{first.pk}/acknowledge/")
    api = client.post(f"/api/v1/alerts/{second.pk}/acknowledge/")
    assert (page.status_code, api.status_code) == (409, 409)
    assert [reason["code"] for reason in api.json()["reasons"]] == ["already_acknowledged"]
    assert "Somebody has acknowledged this alert." in page.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [("max", 302), ("ada", 302), ("ana", 403), ("vera", 403), ("otto", 404)],
)
def test_who_may(
    client: Client, checkout: Service, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    alert = make_alert(service=checkout)
    client.force_login(request.getfixturevalue(name))

    page = client.post(f"/operate/alerts/{alert.pk}/acknowledge/")
    assert page.status_code == status
    Alert.objects.update(state=AlertState.UNACKED)
    api = client.post(f"/api/v1/alerts/{alert.pk}/acknowledge/")
    assert api.status_code == (200 if status == 302 else status)


def test_an_alert_of_no_service_is_everybodys(client: Client, ana: User, db: None) -> None:
    alert = make_alert()
    client.force_login(ana)

    assert client.post(f"/api/v1/alerts/{alert.pk}/acknowledge/").status_code == 200


def test_the_page_says_why_not_before_anyone_asks(
    client: Client, vera: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    client.force_login(vera)

    page = client.get(alert.get_absolute_url()).content.decode()

    assert "Only the service&#x27;s team acknowledges its alerts." in page
    assert "disabled" in page


def test_many_are_acknowledged_one_by_one(
    client: Client, olivia: User, checkout: Service
) -> None:
    fine = make_alert(service=checkout)
    seen = make_alert(service=checkout, name="Seen", state=AlertState.ACKED)
    client.force_login(olivia)

    page = client.post("/operate/alerts/acknowledge/", {"alert": [fine.pk, seen.pk, "x"]})

    assert page.status_code == 409
    assert "1 of 2 acknowledged" in page.content.decode()
    fine.refresh_from_db()
    assert fine.state == AlertState.ACKED


def test_all_of_many_go_back_to_the_list(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    client.force_login(olivia)

    page = client.post("/operate/alerts/acknowledge/", {"alert": [alert.pk]}, follow=True)

    assert "1 alert is acknowledged." in page.content.decode()


@pytest.mark.parametrize("verb", ["acknowledge", "silence", "close"])
def test_whoever_chose_none_is_told_to_choose(client: Client, olivia: User, verb: str) -> None:
    client.force_login(olivia)

    page = client.post(f"/operate/alerts/{verb}/", {"reason": "Known", "hours": 1}, follow=True)

    assert "Choose at least one alert." in page.content.decode()


def test_the_api_says_of_each_what_became_of_it(
    client: Client, olivia: User, ana: User, checkout: Service
) -> None:
    fine = make_alert(service=checkout)
    seen = make_alert(service=checkout, name="Seen", state=AlertState.ACKED)

    def post(person: User) -> list[tuple[bool, list[str]]]:
        client.force_login(person)
        body = {"ids": [fine.pk, seen.pk, 987]}
        url = "/api/v1/alerts/acknowledge/"
        answer = client.post(url, body, content_type="application/json").json()["outcomes"]
        return [
            (row["is_done"], [reason["code"] for reason in row["reasons"]]) for row in answer
        ]

    assert post(ana) == [
        (False, ["not_yours"]),
        (False, ["not_yours"]),
        (False, ["not_found"]),
    ]
    assert post(olivia) == [
        (True, []),
        (False, ["already_acknowledged"]),
        (False, ["not_found"]),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state=firing", {"Acked", "Firing"}),
        ("state=pending", {"Acked", "Firing", "Returned"}),
        ("state=normal", {"Normal"}),
        ("severity=0", {"Firing"}),
        ("q=ACK bad", {"Acked"}),
        ("service=checkout&severity=0", {"Firing"}),
        ("service=checkout", {"Acked", "Firing", "Returned", "Normal"}),
    ],
)
def test_a_filter_means_the_same_on_the_page_and_in_the_api(
    client: Client, vera: User, checkout: Service, query: str, names: set[str]
) -> None:
    make_alert(service=checkout, name="Firing", severity="p0")
    make_alert(service=checkout, name="Acked", state=AlertState.ACKED)
    make_alert(service=checkout, name="Returned", state=AlertState.RETURNED)
    make_alert(service=checkout, name="Normal", state=AlertState.NORMAL)
    client.force_login(vera)

    page = client.get(f"/operate/alerts/?{query}").context["page"]
    api = client.get(f"/api/v1/alerts/?{query}").json()["results"]

    assert {alert.name for alert in page} == names == {alert["name"] for alert in api}


def test_a_filter_that_nobody_knows_is_an_error(client: Client, vera: User) -> None:
    client.force_login(vera)

    assert client.get("/api/v1/alerts/?colour=red").status_code == 400
    assert client.get("/api/v1/alerts/?severity=9").status_code == 400


@pytest.mark.parametrize(
    ("constraint", "broken"),
    [
        ("alert_state_known", {"state": "banana", "ended_at": NOON}),
        ("alert_ended_iff_not_firing", {"ended_at": NOON}),
        ("alert_ended_iff_not_firing", {"state": AlertState.NORMAL}),
        ("alert_severity_known", {"severity": 9}),
    ],
)
def test_half_a_state(checkout: Service, constraint: str, broken: dict[str, Any]) -> None:
    alert = make_alert(service=checkout)

    with pytest.raises(IntegrityError, match=constraint):
        Alert.objects.filter(pk=alert.pk).update(**broken)


def test_text_of_a_monitor_is_only_text(client: Client, vera: User, checkout: Service) -> None:
    alert = make_alert(service=checkout, name="<script>alert(1)</script>", evil="<b>")
    Alert.objects.update(annotations={"runbook_url": "javascript:alert(1)"})
    client.force_login(vera)

    page = client.get(alert.get_absolute_url()).content.decode()

    assert "<script>alert(1)" not in page
    assert 'href="javascript' not in page
