"""Asking Alertmanager what fires: what its answer ends, confirms, and has taken in."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from operations import tasks, workflow
from operations.formats import Unreadable
from operations.models import Alert, AlertState, Integration, Occurrence, Receipt
from operations.upstream_answers import read_answer
from portal import clock, outgoing
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.operations.make import MINUTE, make_integration, receive, told

URL = "https://alertmanager.example"
START = datetime.fromisoformat("2026-03-02T12:00+00:00")
CLEARED = {AlertState.RETURNED, AlertState.NORMAL}


class Upstream:
    """An Alertmanager: what it has, or how it fails, and what it was asked."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.status = 200
        self.body: bytes | None = None
        self.is_away = self.is_cut = False
        self.asked: list[tuple[str, dict[str, str]]] = []

    def send(self, _method: str, url: str, *, headers: dict[str, str], **_: Any) -> Any:
        self.asked.append((url, headers))
        if self.is_away:
            raise outgoing.SendFailed("no_answer", "Nobody answered in 10 s.")
        body = json.dumps(self.alerts).encode() if self.body is None else self.body
        return outgoing.Answer(self.status, {}, body, self.is_cut)

    def has(self, name: str, *, state: str = "active", by: str = "", **fields: Any) -> None:
        alert = told(name) | {
            "endsAt": "2099-01-01T00:00:00Z",
            "updatedAt": START.isoformat(),
            "receivers": [{"name": "evenkeel"}],
            "status": {
                "state": state,
                "silencedBy": ["x"] if by == "silence" else [],
                "inhibitedBy": ["y"] if by == "inhibition" else [],
            },
        }
        self.alerts.append(alert | fields)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Upstream:
    found = Upstream()
    monkeypatch.setattr(outgoing, "send", found.send)
    monkeypatch.setattr(outgoing, "_lookup", lambda *_: [])
    return found


@pytest.fixture
def prometheus(checkout: Service, upstream: Upstream) -> Integration:
    made = make_integration(service=checkout)
    return configure(made, poll_url=URL)


def configure(integration: Integration, **fields: Any) -> Integration:
    values = {"stale_after_minutes": None, "quiet_severity": None, "actor": None}
    return workflow.set_upstream(integration, now=clock.now(), **(values | fields))


def ask(integration: Integration, minutes: float = 0) -> None:
    """Ask so many minutes from now, and read what that brought."""
    integration.refresh_from_db()
    workflow.ask_upstream(integration, now=clock.now() + minutes * MINUTE)
    workflow.read_all_due(clock.now() + timedelta(hours=1))
    integration.refresh_from_db()


def the(name: str = "HighErrorRate") -> Alert:
    return Alert.objects.get(name=name)


def test_what_two_answers_in_a_row_miss_has_ended(
    prometheus: Integration, upstream: Upstream
) -> None:
    receive(prometheus, told())

    ask(prometheus, 1)
    assert (the().is_firing, the().upstream_state) == (True, "missing")
    ask(prometheus, 2)
    assert the().state in CLEARED
    occurrence = Occurrence.objects.get()
    assert occurrence.end_reason == "reconciled"
    assert occurrence.ended_at is not None
    assert occurrence.ended_at < clock.now() + 1.5 * MINUTE
    assert Event.objects.filter(kind="alert.ended").count() == 1
    assert Event.objects.filter(kind="alert.reconciled").count() == 1


def test_two_hasty_answers_count_as_one(prometheus: Integration, upstream: Upstream) -> None:
    receive(prometheus, told())

    for minutes in (1, 1.1, 1.2):
        ask(prometheus, minutes)
    assert the().is_firing
    ask(prometheus, 1.6)
    assert not the().is_firing


def test_a_call_in_between_keeps_it_open(prometheus: Integration, upstream: Upstream) -> None:
    receive(prometheus, told())
    ask(prometheus, -5)
    receive(prometheus, told())
    ask(prometheus, 0)
    assert the().is_firing
    ask(prometheus, -4)  # it was asked before the last call came
    assert the().is_firing


def test_an_answer_in_between_keeps_it_open(
    prometheus: Integration, upstream: Upstream
) -> None:
    receive(prometheus, told())
    ask(prometheus, 1)
    upstream.has("HighErrorRate")
    ask(prometheus, 2)
    assert the().upstream_state == "active"
    upstream.alerts.clear()
    ask(prometheus, 3)

    assert the().is_firing


@pytest.mark.parametrize(
    ("state", "by", "expected"),
    [
        ("active", "", "active"),
        ("unprocessed", "", "active"),
        ("suppressed", "silence", "silenced"),
        ("suppressed", "inhibition", "inhibited"),
        ("suppressed", "", "silenced"),  # muted by the time of day
    ],
)
def test_what_is_there_is_confirmed_as_it_stands(
    prometheus: Integration, upstream: Upstream, state: str, by: str, expected: str
) -> None:
    receive(prometheus, told())
    before = the().last_seen_at
    upstream.has("HighErrorRate", state=state, by=by)
    ask(prometheus, 10)

    assert (the().upstream_state, the().is_firing) == (expected, True)
    assert the().last_seen_at > before + 9 * MINUTE


def test_what_fires_there_and_is_unknown_here_is_taken_in(
    prometheus: Integration, upstream: Upstream, checkout: Service
) -> None:
    upstream.has("HighErrorRate")
    upstream.has("Quiet", state="suppressed", by="silence")
    ask(prometheus)

    assert (the().state, the().started_at) == (AlertState.UNACKED, START)
    assert the().service == checkout
    assert Event.objects.filter(kind="alert.opened").count() == 1
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.headers) == ("processed", {"x-asked": URL})
    ask(prometheus, 1)
    assert (Alert.objects.count(), Receipt.objects.count()) == (1, 1)


def test_a_brand_new_one_is_left_to_its_call(
    prometheus: Integration, upstream: Upstream
) -> None:
    upstream.has("HighErrorRate", startsAt=(clock.now() - MINUTE / 2).isoformat())
    ask(prometheus)
    assert not Alert.objects.exists()

    ask(prometheus, 1)
    assert the().is_firing


def test_what_ended_here_is_not_asked_into_life_again(
    prometheus: Integration, upstream: Upstream
) -> None:
    receive(prometheus, told())
    receive(prometheus, told(ended=START + MINUTE))
    upstream.has("HighErrorRate")
    ask(prometheus)

    assert not the().is_firing
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("by_call", [True, False])
def test_what_was_given_up_too_soon_begins_anew_and_pages(
    prometheus: Integration, upstream: Upstream, by_call: bool
) -> None:
    """Alertmanager that was restarted knows nothing for a while; then the start is the same."""
    receive(prometheus, told())
    Alert.objects.update(last_seen_at=clock.now() - 10 * MINUTE)
    ask(prometheus, -9)
    ask(prometheus, -8)
    assert not the().is_firing

    if by_call:
        receive(prometheus, told())
    else:
        upstream.has("HighErrorRate")
        ask(prometheus)
    alert = the()
    assert (alert.state, alert.occurrence_count) == (AlertState.UNACKED, 2)
    assert alert.started_at > START
    assert Event.objects.filter(kind="alert.opened").count() == 2
    receive(prometheus, told())
    assert the().occurrence_count == 2
    receive(prometheus, told(ended=clock.now()))
    assert the().state == AlertState.RETURNED


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"is_away": True}, "Nobody answered"),
        ({"status": 503}, "answered 503"),
        ({"is_cut": True}, "longer than 10 MiB"),
        ({"body": b"<html>"}, "JSON"),
        ({"body": b'{"status":"success"}'}, "not a list"),
        ({"body": b"[1]"}, "Alert 1 of 1: it is not an object"),
        ({"body": b'[{"labels":{"a":"b"},"startsAt":"soon"}]'}, "not a time"),
        (
            {"body": b'[{"labels":{"a":"b"},"startsAt":"2026-03-02T12:00:00Z"}]'},
            "does not say its state",
        ),
    ],
)
def test_a_bad_answer_ends_nothing_and_is_shown(
    prometheus: Integration,
    upstream: Upstream,
    client: Client,
    vera: User,
    wrong: dict[str, Any],
    says: str,
) -> None:
    receive(prometheus, told())
    vars(upstream).update(wrong)
    for minutes in (1, 2, 3):
        ask(prometheus, minutes)

    assert (the().is_firing, the().upstream_state) == (True, "")
    assert says in prometheus.poll_error
    assert prometheus.polled_at is None
    assert Event.objects.filter(kind="integration.upstream_silent").count() == 1
    client.force_login(vera)
    assert says in client.get(prometheus.get_absolute_url()).content.decode()
    vars(upstream).update(vars(Upstream()))
    ask(prometheus, 4)
    assert (prometheus.poll_error, prometheus.polled_at is None) == ("", False)
    assert Event.objects.filter(kind="integration.upstream_answers").count() == 1


def test_only_what_goes_to_our_receiver_counts(
    prometheus: Integration, upstream: Upstream
) -> None:
    configure(prometheus, poll_url=URL, poll_receiver="evenkeel")
    upstream.has("HighErrorRate", receivers=[{"name": "others"}])
    upstream.has("Ours", receivers=[{"name": "others"}, {"name": "evenkeel"}])
    ask(prometheus)

    assert list(Alert.objects.values_list("name", flat=True)) == ["Ours"]
    with pytest.raises(Unreadable):
        read_answer(b"[{}]", receiver="evenkeel")


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        ("", None),
        ("a-token", "Bearer a-token"),
        ("olivia:secret", "Basic b2xpdmlhOnNlY3JldA=="),
    ],
)
def test_it_shows_its_secret(
    prometheus: Integration, upstream: Upstream, secret: str, header: str | None
) -> None:
    configure(prometheus, poll_url=f"{URL}/api/v2/alerts/", poll_secret=secret)
    ask(prometheus)

    url, headers = upstream.asked[-1]
    assert (url, headers.get("Authorization")) == (f"{URL}/api/v2/alerts", header)


def test_a_secret_is_not_sent_to_another_address(
    prometheus: Integration, upstream: Upstream
) -> None:
    configure(prometheus, poll_url=URL, poll_secret="a-token")
    same = configure(prometheus, poll_url=URL)
    assert same.poll_secret == "a-token"

    other = configure(prometheus, poll_url="https://attacker.example")
    ask(other)
    assert "Authorization" not in upstream.asked[-1][1]


def test_it_is_claimed_once_and_keeps_its_minute(
    prometheus: Integration, upstream: Upstream, django_capture_on_commit_callbacks: Any
) -> None:
    make_integration("Not asked")
    now = clock.now()
    with django_capture_on_commit_callbacks() as hints:
        tasks.ask_upstreams()
        tasks.ask_upstreams()
    assert len(hints) == 1
    assert workflow.claim_upstreams(now + MINUTE / 2) == []
    assert workflow.claim_upstreams(now + 2 * MINUTE) == [prometheus.pk]
    tasks.ask_upstream(prometheus.pk)
    assert len(upstream.asked) == 1


def test_only_alertmanager_is_asked(checkout: Service, upstream: Upstream) -> None:
    grafana = make_integration("Grafana", kind="grafana", service=checkout)

    with pytest.raises(TransitionNotAllowed) as refused:
        configure(grafana, poll_url=URL)
    assert refused.value.refusals[0].code == "not_alertmanager"
    with pytest.raises(TransitionNotAllowed) as refused:
        configure(workflow.internal_integration(), stale_after_minutes=5)
    assert refused.value.refusals[0].code == "internal"
    quiet = make_integration("Not asked", service=checkout)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.ask_soon(quiet, now=clock.now(), actor=None)
    assert refused.value.refusals[0].code == "no_address"


# By page and by API


FORM = {"stale_after_minutes": 90, "quiet_severity": 1, "poll_url": URL}


def test_it_is_set_by_page_and_by_api(
    prometheus: Integration, client: Client, olivia: User
) -> None:
    client.force_login(olivia)
    page = f"{prometheus.get_absolute_url()}upstream/"
    api = f"/api/v1/integrations/{prometheus.pk}/upstream/"

    form = FORM | {"poll_receiver": "evenkeel", "poll_secret": "a-token"}
    assert client.post(page, form).status_code == 302
    prometheus.refresh_from_db()
    assert (prometheus.stale_after_minutes, prometheus.quiet_severity) == (90, 1)
    assert (prometheus.poll_receiver, prometheus.poll_secret) == ("evenkeel", "a-token")
    assert client.post(page, FORM | {"forget_secret": "on"}).status_code == 302

    answer = client.patch(api, {"quiet_severity": None}, content_type="application/json").json()
    assert (answer["quiet_severity"], answer["poll_url"]) == (None, URL)
    assert (answer["has_secret"], "poll_secret" in answer) == (False, False)
    body = {"poll_secret": "another"}
    assert client.patch(api, body, content_type="application/json").json()["has_secret"]
    assert client.post(f"{api}ask/").status_code == 200
    assert client.post(f"{prometheus.get_absolute_url()}ask/").status_code == 302
    shown = client.get(prometheus.get_absolute_url()).content.decode()
    assert "Asked at" in shown
    assert "another" not in shown


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"poll_url": "http://0x7f.1/"}, "poll_url"),
        ({"poll_url": "file:///etc/passwd"}, "poll_url"),
        ({"stale_after_minutes": 0}, "stale_after_minutes"),
        ({"quiet_severity": 7}, "quiet_severity"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    prometheus: Integration, client: Client, olivia: User, changed: dict[str, Any], field: str
) -> None:
    client.force_login(olivia)
    page = client.post(f"{prometheus.get_absolute_url()}upstream/", FORM | changed)
    api = client.patch(
        f"/api/v1/integrations/{prometheus.pk}/upstream/",
        FORM | changed,
        content_type="application/json",
    )

    assert (page.status_code, api.status_code) == (422, 400)
    assert page.context["form"].errors[field]
    assert api.json()["errors"][0]["field"] == field


def test_how_it_stands_upstream_is_shown(
    prometheus: Integration, upstream: Upstream, client: Client, vera: User
) -> None:
    receive(prometheus, told())
    upstream.has("HighErrorRate", state="suppressed", by="silence")
    ask(prometheus, 1)
    client.force_login(vera)

    assert "silenced upstream" in client.get(the().get_absolute_url()).content.decode()
    assert "silenced upstream" in client.get("/operate/alerts/").content.decode()
