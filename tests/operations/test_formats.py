"""What each kind of monitor sends, and what is read from it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations import formats
from operations.formats import Call, Incoming, Told, Unreadable
from operations.formats.incoming import moment
from operations.models import IntegrationKind, Severity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(kind: str, body: Any, **fields: Any) -> Told:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields.setdefault("public_id", "00000000-0000-4000-8000-000000000001")
    return formats.format_of(kind).read(Call(raw, NOON, **fields))


def one(kind: str, body: Any, **fields: Any) -> Incoming:
    told = read(kind, body, **fields)
    assert told.problems == []
    [alert] = told.alerts
    return alert


@pytest.mark.parametrize("kind", formats.FORMATS)
def test_every_kind_reads_its_own_test_and_leaves_nothing_firing(kind: str) -> None:
    samples = formats.format_of(kind).samples("A test", NOON)
    alerts = [
        alert
        for sample in samples
        for alert in read(
            kind, sample.body, call=sample.call, content_type=sample.content_type
        ).alerts
    ]

    assert [alert.is_firing for alert in alerts] == [True, False]
    assert len({alert.fingerprint for alert in alerts}) == 1
    assert alerts[0].severity == Severity.P3
    assert "A test" in alerts[0].summary + alerts[0].description


@pytest.mark.parametrize("kind", formats.FORMATS)
def test_every_kind_says_where_to_put_address_and_key(kind: str) -> None:
    said = "".join(
        snippet.text for snippet in formats.format_of(kind).set_up("https://us.example", "K3Y")
    )

    assert "https://us.example/" in said
    assert "K3Y" in said


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-02T12:00:00Z", NOON),
        ("2026-03-02T12:00:00.000+0000", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-02T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        ("2026-03-02 12:00:00", NOON),
        (NOON.timestamp(), NOON),
        (str(int(NOON.timestamp() * 1000)), NOON),
        (int(NOON.timestamp() * 1_000_000_000), NOON),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_moments(said: Any, meant: datetime | None) -> None:
    assert moment(said, "start") == meant


@pytest.mark.parametrize("said", ["soon", True, [], {}, "9" * 40, 10**30, "1e999"])
def test_what_is_no_moment(said: Any) -> None:
    with pytest.raises(Unreadable):
        moment(said, "start")


# --- Alertmanager


def test_version_three_has_no_fingerprint_and_a_number_for_a_group() -> None:
    alert = {"status": "firing", "labels": {"alertname": "Down"}, "startsAt": NOON.isoformat()}
    told = one("alertmanager", {"version": "3", "groupKey": 7, "alerts": [alert]})

    assert (told.name, len(told.fingerprint)) == ("Down", 16)


@pytest.mark.parametrize("kind", ["alertmanager", "grafana"])
def test_a_template_of_the_operators_is_read_by_a_mapping(kind: str) -> None:
    rules = {"fields": {"title": "what", "fingerprint": "what"}}

    assert one(kind, {"what": "Disk"}, rules=rules).name == "Disk"
    with pytest.raises(Unreadable):
        read(kind, {"what": "Disk"})


# --- Grafana


def test_grafana_unified() -> None:
    alert = {
        "status": "firing",
        "labels": {"alertname": "HighCPU", "severity": "critical"},
        "annotations": {"summary": "CPU at 97"},
        "startsAt": "2026-03-02T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "c6eadffa33fcdf37",
        "silenceURL": "https://grafana.example/silence",
        "panelURL": "https://grafana.example/panel",
        "values": {"B": 97},
        "valueString": "[ var='B' value=97 ]",
    }
    told = one("grafana", {"version": "1", "orgId": 1, "state": "alerting", "alerts": [alert]})

    assert (told.fingerprint, told.started_at, told.ended_at) == (
        "c6eadffa33fcdf37",
        NOON,
        None,
    )
    assert told.annotations["values"] == "[ var='B' value=97 ]"
    assert told.generator_url == "https://grafana.example/panel"


def legacy(state: str, **fields: Any) -> dict[str, Any]:
    body = {"orgId": 1, "ruleId": 7, "ruleName": "Disk", "state": state, "message": "Full"}
    return {**body, "evalMatches": [{"metric": "a", "value": 1, "tags": ""}], **fields}


def test_grafana_legacy_knows_a_rule_by_its_number() -> None:
    [firing, silent] = read("grafana", legacy("alerting", tags={"team": "db"})).alerts
    [over, also] = read("grafana", legacy("ok")).alerts

    assert (firing.fingerprint, firing.is_firing, firing.started_at) == ("1:7", True, None)
    assert (firing.name, firing.summary, firing.labels["team"]) == ("Disk", "Full", "db")
    assert (over.fingerprint, over.is_firing) == ("1:7", False)
    assert {silent.is_firing, also.is_firing} == {False}


@pytest.mark.parametrize("tags", ["", None, {}, {"host": "db1"}])
def test_grafana_legacy_tags_may_be_an_empty_text(tags: Any) -> None:
    body = legacy("alerting", evalMatches=[{"metric": "a", "value": 1, "tags": tags}])

    assert read("grafana", body).alerts[0].labels.get("host") == (tags or {}).get("host")


def test_no_data_is_an_alert_of_its_own_and_ends_nothing() -> None:
    told = one("grafana", legacy("no_data"))

    assert (told.fingerprint, told.is_firing) == ("1:7:no_data", True)
    assert told.name == "DatasourceNoData"


@pytest.mark.parametrize("state", ["pending", "paused"])
def test_what_grafana_only_mentions(state: str) -> None:
    assert read("grafana", legacy(state)) == Told()


# --- PagerDuty


def event(action: str = "trigger", **fields: Any) -> dict[str, Any]:
    payload = {
        "summary": "DISK at 99%",
        "source": "db1",
        "severity": "critical",
        "timestamp": "2026-03-02T11:42:58.315+0000",
        "component": "mysql",
        "group": "g",
        "class": "disk",
        "custom_details": {"free": 1, "deep": {"a": [1]}},
    }
    said: dict[str, Any] = {
        "routing_key": "K",
        "event_action": action,
        "dedup_key": "srv01/mysql",
    }
    if action == "trigger":
        said |= {"payload": payload, "client": "x", "client_url": "https://x.example"}
    return said | fields


def test_a_trigger() -> None:
    told = one("pagerduty", event())

    assert (told.fingerprint, told.is_firing, told.started_at) == ("srv01/mysql", True, None)
    assert (told.name, told.summary, told.severity) == ("disk", "DISK at 99%", Severity.P1)
    assert told.labels | {"source": "db1", "free": "1", "group": "g"} == told.labels
    assert (told.description, told.generator_url) == ('deep: {"a": [1]}', "https://x.example")


def test_without_a_key_the_call_is_one() -> None:
    said = event()
    del said["dedup_key"]

    assert one("pagerduty", said).fingerprint == "00000000000040008000000000000001"


def test_a_resolve_and_an_acknowledgement() -> None:
    told = one("pagerduty", event("resolve"))
    [note] = read("pagerduty", event("acknowledge")).notes

    assert (told.fingerprint, told.is_firing) == ("srv01/mysql", False)
    assert (note.fingerprint, note.is_acknowledgement) == ("srv01/mysql", True)


def test_details_that_alertmanager_had_to_cut() -> None:
    cut = {"error": "Custom details have been removed because the original event exceeds"}
    said = event()
    said["payload"] = said["payload"] | {"custom_details": cut, "summary": "x" * 1024}

    assert one("pagerduty", said).summary == "x" * 500


# --- Opsgenie


def test_an_alert_of_opsgenie() -> None:
    body = {
        "message": "Disk is full",
        "alias": "disk-db1",
        "description": "Really",
        "priority": "P1",
        "tags": ["db", "disk"],
        "details": {"host": "db1"},
        "source": "nagios",
    }
    told = one("opsgenie", body)

    assert (told.fingerprint, told.severity, told.name) == ("disk-db1", 0, "Disk is full")
    assert told.labels | {"tags": "db,disk", "host": "db1", "source": "nagios"} == told.labels
    assert (told.summary, told.description) == ("Disk is full", "Really")


def test_what_is_done_to_an_alert_of_opsgenie() -> None:
    closed = one("opsgenie", b"{}", call="close alias disk db1")
    [acked] = read("opsgenie", {"user": "Kim"}, call="acknowledge alias disk").notes
    [noted] = read("opsgenie", {"note": "Looking"}, call="notes alias disk").notes
    [other] = read("opsgenie", {"message": "New words"}, call="message alias disk").notes

    assert (closed.fingerprint, closed.is_firing) == ("disk db1", False)
    assert (acked.is_acknowledgement, acked.by) == (True, "Kim")
    assert (noted.text, noted.is_acknowledgement) == ("Looking", False)
    assert other.text == "message: New words"


# --- any JSON


def mapped(body: Any, *, root: str = "", **fields: str) -> Told:
    rules: dict[str, Any] = {"root": root, "fields": {"title": "t", **fields}}
    rules |= {"statuses": {"Broken": "firing", "meh": "ignored"}, "severities": {"fatal": 0}}
    return read("generic", body, rules=rules)


def test_the_usual_names_need_no_mapping() -> None:
    told = one("generic", {"title": "Disk", "status": "OK", "severity": "critical", "id": 7})

    assert (told.name, told.is_firing, told.severity) == ("Disk", False, Severity.P1)
    assert (told.fingerprint, told.started_at) == ("7", None)


def test_a_mapping() -> None:
    body = {
        "host": "db1",
        "alarms": [
            {
                "t": "Disk",
                "s": "broken",
                "sev": "FATAL",
                "at": NOON.timestamp(),
                "x": {"id": 1},
            },
            {"t": "CPU", "s": "meh"},
            {"t": "Net", "s": "what?"},
        ],
    }
    told = mapped(
        body,
        root="alarms",
        status="s",
        severity="sev",
        starts_at="at",
        fingerprint="x.id",
        service="$.host",
        labels="x",
    )

    [alert] = told.alerts
    assert (alert.name, alert.severity, alert.started_at) == ("Disk", Severity.P0, NOON)
    assert alert.fingerprint == "1"
    assert alert.labels == {"id": "1", "alertname": "Disk", "service": "db1", "priority": "p0"}
    assert told.problems == [
        "Alert 3 of 3: nobody said whether the status “what?” fires or is over."
    ]


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ({"a": 1, "b": True}, {"a": "1", "b": "true"}),
        (["env:prod", "team=db", "bare"], {"env": "prod", "team": "db", "bare": "true"}),
        ([{"name": "a", "value": "b"}, {"key": "c", "value": 2}], {"a": "b", "c": "2"}),
        ("env:prod", {"env": "prod"}),
        (7, {}),
    ],
)
def test_labels_come_in_several_shapes(said: Any, labels: dict[str, str]) -> None:
    [alert] = mapped({"t": "T", "l": said}, labels="l").alerts

    assert alert.labels == labels | {"alertname": "T"}


def test_without_a_key_the_labels_are_one() -> None:
    [one_] = mapped({"t": "T", "l": {"a": "1"}}, labels="l").alerts
    [same] = mapped({"t": "T", "l": {"a": "1"}, "more": 2}, labels="l").alerts
    [other] = mapped({"t": "T", "l": {"a": "2"}}, labels="l").alerts

    assert one_.fingerprint == same.fingerprint != other.fingerprint


# --- e-mail


def mail(
    subject: str, *, to: str = "alerts@example.com", more: str = "", body: str = "x"
) -> bytes:
    return f"From: db1@example.com\nTo: {to}\nSubject: {subject}\n{more}\n{body}\n".encode()


def test_a_mail_with_a_key() -> None:
    told = one("email", mail("PROBLEM: Disk on db1", to="a+disk-db1@example.com"))
    over = one("email", mail("Resolved: Disk on db1", to="a+disk-db1@example.com"))

    assert (told.fingerprint, told.is_firing, told.started_at) == ("disk-db1", True, None)
    assert (told.name, told.summary) == ("Disk on db1", "PROBLEM: Disk on db1")
    assert (over.fingerprint, over.is_firing) == ("disk-db1", False)


def test_a_mail_without_a_key_is_known_by_its_subject() -> None:
    date = "Date: Mon, 2 Mar 2026 11:59:00 +0000\n"
    told = one("email", mail("PROBLEM: Disk on db1", more=date))
    over = one("email", mail("RE: [RESOLVED] disk on db1"))

    assert told.fingerprint == over.fingerprint
    assert told.started_at == NOON - timedelta(minutes=1)
    assert (over.is_firing, over.started_at) == (False, None)


@pytest.mark.parametrize(
    ("subject", "is_firing"),
    [
        ("Disk on db1", True),
        ("[OK] Disk on db1", False),
        ("Disk on db1 is OK", False),
        ("ALERT: Disk on db1 is not ok", True),
        ("[RESOLVED] ALERT: Disk", False),
        ("Lookup is slow", True),
        ("=?utf-8?q?R=C3=A9solved?= Resolved", False),
    ],
)
def test_the_first_word_decides(subject: str, is_firing: bool) -> None:
    assert one("email", mail(subject)).is_firing == is_firing


def test_words_of_ones_own() -> None:
    rules = {"open": [], "resolve": ["entwarnung"], "ignore": ["newsletter"], "severities": {}}

    assert not one("email", mail("Entwarnung: Platte"), rules=rules).is_firing
    assert read("email", mail("Newsletter: alert!"), rules=rules) == Told()


def test_an_absence_note_alarms_nobody() -> None:
    assert read("email", mail("Away", more="Auto-Submitted: auto-replied\n")) == Told()


def test_what_a_provider_posts_as_a_form() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="to"\r\n\r\nx\r\n'
        b'--B\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
        b"To: a+k@example.com\r\nSubject: Down\r\n\r\nHello\r\n--B--\r\n"
    )
    told = one("email", body, content_type="multipart/form-data; boundary=B")

    assert told.fingerprint == "k"


def test_an_html_mail_leaves_its_words() -> None:
    more = "Content-Type: text/html; charset=nonsense\n"
    html = "<style>p{}</style><p>Disk <b>full</b></p><script>alert(1)</script><p>Now</p>"
    told = one("email", mail("Disk", more=more, body=html))

    assert told.description.split("\n") == ["Disk full", "Now"]


@pytest.mark.parametrize("body", [b"", b"\0\0", b"hello", b"{}"])
def test_what_is_no_mail(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read("email", body)


@pytest.mark.parametrize("kind", [kind for kind in IntegrationKind if kind != "internal"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"7", b'"x"', b"[[]]", b'{"alerts":7}', b"\xff\xfe", b"{"]
)
def test_nothing_that_comes_breaks_a_format(kind: str, body: bytes) -> None:
    try:
        told = read(kind, body)
    except Unreadable as problem:
        assert str(problem)  # noqa: PT017 (either is right)
    else:
        assert told.alerts == []
