"""The doors for every kind of monitor: what each answers, and what is kept of a call."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import resolve

from operations import workflow
from operations.models import (
    Alert,
    Integration,
    IntegrationKind,
    Occurrence,
    Receipt,
    Rejection,
)
from operations.views import intake
from portal import clock
from portal.models import Event, Service
from tests.operations.make import told, webhook

EVENT = {
    "event_action": "trigger",
    "dedup_key": "srv01/mysql",
    "payload": {"summary": "DISK at 99%", "source": "db1", "severity": "critical"},
}
Keyed = tuple[Integration, str]


def integration(kind: str, service: Service, **fields: Any) -> Keyed:
    return workflow.make_integration(
        name=f"A {kind}", kind=kind, service=service, actor=None, **fields
    )


@pytest.fixture
def pagerduty(checkout: Service) -> Keyed:
    return integration("pagerduty", checkout)


@pytest.fixture
def opsgenie(checkout: Service) -> Keyed:
    return integration("opsgenie", checkout)


def read_all() -> None:
    workflow.read_all_due(clock.now())


def enqueue(to: Client, key: str | None, slash: str = "", **fields: Any) -> Any:
    body = EVENT | fields | ({"routing_key": key} if key else {})
    body = {name: value for name, value in body.items() if value is not None}
    return to.post(f"/v2/enqueue{slash}", body, content_type="application/json")


def genie(client: Client, path: str, key: str, body: Any = None, method: str = "post") -> Any:
    call = getattr(client, method)
    headers = {"Authorization": f"GenieKey {key}"}
    return call(f"/v2/alerts{path}", body, content_type="application/json", headers=headers)


# --- kinds that are answered as Alertmanager is


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("by_header", [True, False])
@pytest.mark.parametrize("kind", ["grafana", "generic", "email"])
def test_a_call_is_kept_as_it_came(
    checkout: Service, kind: str, slash: str, by_header: bool
) -> None:
    made, key = integration(kind, checkout)
    client = Client(enforce_csrf_checks=True)
    body = b"Subject: x\n\ny" if kind == "email" else webhook(told())
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "Test/1"}

    path = f"/api/v1/alerts/{kind}" + (slash if by_header else f"/{key}{slash}")
    response = client.post(path, body, content_type="application/json", headers=headers)

    receipt = Receipt.objects.get()
    assert (response.status_code, response.json()["receipt"]) == (202, str(receipt.public_id))
    assert (bytes(receipt.body), receipt.integration) == (body, made)
    assert receipt.headers == {"user-agent": "Test/1"}


@pytest.mark.parametrize("kind", ["alertmanager", "grafana", "generic", "email"])
def test_a_key_opens_the_door_of_its_kind_alone(
    client: Client, pagerduty: Keyed, kind: str
) -> None:
    path = f"/api/v1/alerts/{kind}/{pagerduty[1]}"
    response = client.post(path, webhook(told()), content_type="application/json")

    assert response.status_code == 401
    assert pagerduty[0].rejections.get().reason == "other_door"


def test_a_large_body_is_json_all_the_same(client: Client, checkout: Service) -> None:
    _made, key = integration("generic", checkout)
    body = b'{"title": "Big", "padding": "' + b"x" * 2_000_000 + b'"}'
    path = f"/api/v1/alerts/generic/{key}"

    assert client.post(path, body, content_type="application/json").status_code == 202
    read_all()
    assert Alert.objects.get().name == "Big"


# --- PagerDuty


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_event_is_answered_as_pagerduty_does(pagerduty: Keyed, slash: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = enqueue(client, pagerduty[1], slash, unknown={"field": 1})

    assert (response.status_code, response.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "srv01/mysql"},
    )
    read_all()
    assert Alert.objects.get().fingerprint == "srv01/mysql"


def test_an_event_costs_one_statement(
    client: Client, pagerduty: Keyed, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert enqueue(client, pagerduty[1]).status_code == 202


def test_a_key_is_made_up_where_there_is_none(client: Client, pagerduty: Keyed) -> None:
    first = enqueue(client, pagerduty[1], dedup_key=None).json()["dedup_key"]
    second = enqueue(client, pagerduty[1], dedup_key=None).json()["dedup_key"]
    enqueue(client, pagerduty[1], dedup_key=first, event_action="resolve", payload=None)
    read_all()

    states = dict(Alert.objects.values_list("fingerprint", "state"))
    assert states == {first: "returned", second: "unacked"}


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"event_action": "explode"}, ["'event_action'"]),
        ({"event_action": None}, ["'event_action'"]),
        ({"event_action": "resolve", "dedup_key": None}, ["'dedup_key' is missing"]),
        ({"event_action": "acknowledge", "dedup_key": ""}, ["'dedup_key' is missing"]),
        ({"dedup_key": "x" * 256}, ["at most 255"]),
        ({"dedup_key": 7}, ["'dedup_key'"]),
        ({"payload": None}, ["'payload' is missing"]),
        ({"payload": {"summary": "x"}}, ["'payload.source'", "'payload.severity'"]),
        (
            {"payload": {"summary": " ", "source": "x", "severity": "page"}},
            ["'payload.summary'", "'payload.severity' is none of"],
        ),
    ],
)
def test_an_event_that_is_not_valid_is_refused_with_every_reason(
    client: Client, pagerduty: Keyed, wrong: dict[str, Any], errors: list[str]
) -> None:
    response = enqueue(client, pagerduty[1], **wrong)

    said = response.json()
    assert (response.status_code, said["status"]) == (400, "invalid event")
    assert said["message"] == "Event object is invalid"
    assert len(said["errors"]) == len(errors)
    for found, expected in zip(said["errors"], errors, strict=True):
        assert expected in found
    receipt = Receipt.objects.get()
    assert (receipt.state, errors[0] in receipt.error) == ("rejected", True)
    assert pagerduty[0].rejections.get().reason == "invalid"


@pytest.mark.parametrize("key", [None, "nonsense"])
def test_an_unknown_routing_key_is_an_invalid_event(
    client: Client, pagerduty: Keyed, key: str | None
) -> None:
    response = enqueue(client, key)

    assert (response.status_code, response.json()["status"]) == (400, "invalid event")
    assert Rejection.objects.get().reason == "unknown_key"
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7"])
def test_what_is_no_event(client: Client, db: None, body: bytes) -> None:
    response = client.post("/v2/enqueue", body, content_type="application/json")

    assert (response.status_code, response.json()["status"]) == (400, "invalid event")


def test_triggers_append_until_the_end_and_open_anew_after_it(
    client: Client, pagerduty: Keyed
) -> None:
    for action in ("resolve", "trigger", "trigger", "acknowledge", "resolve", "resolve"):
        assert enqueue(client, pagerduty[1], event_action=action).status_code == 202
        read_all()
    enqueue(client, pagerduty[1])
    read_all()

    alert = Alert.objects.get()
    assert (alert.state, alert.occurrence_count) == ("unacked", 2)
    kinds = Event.objects.filter(kind__startswith="alert.").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "alert.opened",
        "alert.acknowledged_elsewhere",
        "alert.ended",
        "alert.opened",
    ]


def test_an_acknowledgement_elsewhere_stops_no_page(client: Client, pagerduty: Keyed) -> None:
    enqueue(client, pagerduty[1])
    for _ in "12":
        enqueue(client, pagerduty[1], event_action="acknowledge", client="Kim's script")
    read_all()
    read_all()

    assert Alert.objects.get().state == "unacked"
    event = Event.objects.filter(kind="alert.acknowledged_elsewhere").first()
    assert event is not None
    assert event.data["what"] == "Kim's script: Acknowledged there."


def test_an_acknowledgement_of_something_unknown_is_nothing(
    client: Client, pagerduty: Keyed
) -> None:
    assert enqueue(client, pagerduty[1], event_action="acknowledge").status_code == 202
    read_all()

    assert not Alert.objects.exists()
    assert Receipt.objects.get().state == "processed"


def test_a_body_over_the_limit_still_finds_its_integration(
    client: Client, pagerduty: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.views.compatible.LIMIT", 5000)
    monkeypatch.setattr(intake, "LIMIT", 5000)
    body = b'{"routing_key": "%s", "x": "%s"}' % (pagerduty[1].encode(), b"x" * 6000)
    response = client.post("/v2/enqueue", body, content_type="application/json")

    assert response.status_code == 202
    assert Receipt.objects.get().is_truncated


def test_what_is_not_json_is_shown_to_whose_key_stands_in_it(
    client: Client, pagerduty: Keyed
) -> None:
    body = b'{"routing_key": "%s", "event_action": trigger}' % pagerduty[1].encode()
    response = client.post("/v2/enqueue", body, content_type="application/json")

    assert (response.status_code, response.json()["status"]) == (400, "invalid event")
    assert Receipt.objects.get().state == "rejected"
    assert pagerduty[0].rejections.get().reason == "not_json"


@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/alerts"])
def test_while_the_database_refuses_clients_are_asked_to_come_again(
    client: Client,
    pagerduty: Keyed,
    opsgenie: Keyed,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr("operations.workflow.accepting._run", broken)
    if path == "/v2/enqueue":
        response = enqueue(client, pagerduty[1])
    else:
        response = genie(client, "", opsgenie[1], {"message": "Disk"})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


# --- Opsgenie


def test_an_alert_is_answered_as_opsgenie_does(opsgenie: Keyed) -> None:
    client = Client(enforce_csrf_checks=True)
    response = genie(client, "", opsgenie[1], {"message": "Disk", "alias": "disk"})

    said = response.json()
    receipt = Receipt.objects.get()
    assert (response.status_code, said["result"]) == (202, "Request will be processed")
    assert said["requestId"] == str(receipt.public_id)
    assert isinstance(said["took"], float)
    read_all()
    assert Alert.objects.get().fingerprint == "disk"


@pytest.mark.parametrize("how", ["close", "delete"])
@pytest.mark.parametrize("alias", ["disk", "disk/db1 ü"])
def test_an_alert_is_closed_by_its_alias(
    client: Client, opsgenie: Keyed, alias: str, how: str
) -> None:
    genie(client, "", opsgenie[1], {"message": "Disk", "alias": alias})
    if how == "close":
        path = f"/{alias}/close?identifierType=alias"
        closed = genie(client, path, opsgenie[1], {"user": "Kim"})
    else:
        path = f"/{alias}?identifierType=alias"
        closed = genie(client, path, opsgenie[1], "", method="delete")
    read_all()

    assert closed.status_code == 202
    assert Alert.objects.get().state == "returned"


@pytest.mark.parametrize("alias", ["disk", None])
def test_an_alert_is_closed_by_the_number_of_its_request(
    client: Client, opsgenie: Keyed, alias: str | None
) -> None:
    body = {"message": "Disk"} | ({"alias": alias} if alias else {})
    number = genie(client, "", opsgenie[1], body).json()["requestId"]
    read_all()
    asked = genie(client, f"/requests/{number}", opsgenie[1], method="get").json()
    closed = genie(client, f"/{asked['data']['alertId']}/close", opsgenie[1], {})
    read_all()

    assert (asked["data"]["success"], closed.status_code) == (True, 202)
    assert Alert.objects.get().state == "returned"


def test_what_is_said_of_an_alert_is_kept_beside_it(client: Client, opsgenie: Keyed) -> None:
    genie(client, "", opsgenie[1], {"message": "Disk", "alias": "disk"})
    by_alias = "?identifierType=alias"
    genie(client, f"/disk/acknowledge{by_alias}", opsgenie[1], {"user": "Kim", "note": "Mine"})
    genie(client, f"/disk/notes{by_alias}", opsgenie[1], {"note": "Looking"})
    genie(client, f"/disk/message{by_alias}", opsgenie[1], {"message": "New"}, method="put")
    read_all()

    assert Alert.objects.get().state == "unacked"
    said = Event.objects.filter(kind__in=["alert.noted", "alert.acknowledged_elsewhere"])
    assert [event.data["what"] for event in said.order_by("pk")] == [
        "Kim: Mine",
        "Looking",
        "message: New",
    ]


def test_an_alert_without_a_message_is_not_processable(client: Client, opsgenie: Keyed) -> None:
    response = genie(client, "", opsgenie[1], {"alias": "disk"})

    assert response.status_code == 422
    assert response.json()["errors"] == {"message": "Message can not be empty."}
    assert Receipt.objects.get().state == "rejected"


def test_an_unknown_genie_key_is_turned_away(client: Client, opsgenie: Keyed) -> None:
    response = genie(client, "", "nonsense", {"message": "Disk"})

    assert (response.status_code, response.json()["message"]) == (401, "Could not authenticate")
    asked = genie(client, f"/requests/{uuid.uuid4()}", opsgenie[1], method="get")
    assert asked.status_code == 404


# --- e-mail


def test_a_mail_finds_its_integration_by_its_address(client: Client, checkout: Service) -> None:
    made, _key = integration("email", checkout)
    other, _key = integration("generic", checkout)
    assert (made.mail_id is None, other.mail_id) == (False, None)
    mail = f"To: Alerts <{made.mail_id}+disk-db1@us.example>\nSubject: PROBLEM: Disk\n\nFull\n"

    answer = client.post("/api/v1/alerts/email", mail, content_type="message/rfc822")
    read_all()

    assert answer.status_code == 202
    alert = Alert.objects.get()
    assert (alert.fingerprint, alert.name, alert.integration) == ("disk-db1", "Disk", made)


def test_a_new_key_is_a_new_address_too(client: Client, checkout: Service) -> None:
    made, _key = integration("email", checkout)
    workflow.rotate_key(made, actor=None)
    mail = f"To: {made.mail_id}@us.example\nSubject: PROBLEM: Disk\n\nFull\n"

    answer = client.post("/api/v1/alerts/email", mail, content_type="message/rfc822")
    assert answer.status_code == 401


def test_a_mail_to_nobody_is_turned_away(client: Client, db: None) -> None:
    mail = f"To: {uuid.uuid4()}@us.example\nSubject: PROBLEM: Disk\n\nFull\n"
    answer = client.post("/api/v1/alerts/email", mail, content_type="message/rfc822")

    assert answer.status_code == 401
    assert Rejection.objects.get().reason == "unknown_key"


def test_the_same_mail_twice_is_one_occurrence(client: Client, checkout: Service) -> None:
    _made, key = integration("email", checkout)
    date = clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000")
    mail = f"To: a@us.example\nSubject: Disk\nDate: {date}\n\nFull\n"
    for _ in "12":
        client.post(f"/api/v1/alerts/email/{key}", mail, content_type="message/rfc822")
    read_all()

    assert Occurrence.objects.count() == 1


@pytest.mark.parametrize("kind", [kind for kind in IntegrationKind if kind != "internal"])
def test_a_test_goes_the_whole_way_and_ends(checkout: Service, kind: str) -> None:
    made, _key = integration(kind, checkout, default_severity=0)
    workflow.send_test(made, actor=None)
    read_all()

    assert set(Receipt.objects.values_list("state", flat=True)) == {"processed"}
    alert = Alert.objects.get()
    assert (alert.is_firing, alert.severity, alert.occurrence_count) == (False, 3, 1)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/v1/alerts/{kind}" for kind in ("alertmanager", "grafana", "generic", "email")),
        "/api/v1/alerts/generic/key/",
        "/v2/enqueue",
        "/v2/alerts",
        "/v2/alerts/disk/close",
    ],
)
def test_the_short_way_in_leads_to_every_door(path: str) -> None:
    assert path.startswith(settings.INTAKE_PATHS)
    assert resolve(path, "portal.intake_urls").func == resolve(path).func
