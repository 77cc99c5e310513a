"""Saying what a body means: tried on what came, kept in versions, read again by them."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from operations import workflow
from operations.formats import paths
from operations.models import Alert, Integration, IntegrationMapping, Receipt
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.operations.make import make_integration

RULES = {"fields": {"title": "alarm.what", "fingerprint": "alarm.no", "status": "now"}}
FORM = {"title": "alarm.what", "fingerprint": "alarm.no", "status": "now", "root": ""}
JSON = "application/json"


@pytest.fixture
def tool(checkout: Service) -> Integration:
    return make_integration("Tool", service=checkout, kind="generic")


def body(what: str = "Disk", now: str = "broken", no: int = 7) -> bytes:
    return json.dumps({"alarm": {"what": what, "no": no}, "now": now}).encode()


def take(integration: Integration, *bodies: bytes) -> list[Receipt]:
    kept = [workflow.accept(integration, each, JSON) for each in bodies]
    workflow.read_all_due(clock.now())
    for each in kept:
        each.refresh_from_db()
    return kept


def opened() -> int:
    return Event.objects.filter(kind="alert.opened", data__held_by=[]).count()


def own_alerts(integration: Integration) -> list[tuple[str, str]]:
    rows = Alert.objects.filter(integration=integration).order_by("fingerprint")
    return list(rows.values_list("name", "state"))


# --- paths


BODY = {"a": {"b": [{"c": 1}, {"c": 2}], "d e": "x", "empty": ""}, "title": "T", "n": 0}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("title", "T"),
        ("a.b[0].c", 1),
        ("a.b[-1].c", 2),
        ('a["d e"]', "x"),
        ("$.title", "T"),
        ("a.b[9].c", None),
        ("a.empty || title", "T"),
        ("nothing||a.nothing || title", "T"),
        ('nothing || "a || b"', "a || b"),
        (r'"say \"hi\""', 'say "hi"'),
        ("n", 0),
        ("", None),
        ("title.deeper[0]", None),
    ],
)
def test_paths(expression: str, value: Any) -> None:
    assert paths.find(paths.parse(expression), BODY, BODY) == value


@pytest.mark.parametrize(
    "expression",
    ["a b", "a..b", "a[", "a[x]", "||", "a ||", '"open', ".a", "a()", "x" * 301, "$x y"],
)
def test_what_is_no_path(expression: str) -> None:
    with pytest.raises(paths.BadPath):
        paths.parse(expression)


@given(st.text(alphabet='ab.[]0"|$ \\-', max_size=40))
def test_any_text_is_a_path_or_is_not(expression: str) -> None:
    try:
        found = paths.parse(expression)
    except paths.BadPath:
        return
    paths.find(found, BODY, BODY)


# --- rules


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({}, "title"),
        ({"fields": {"title": "a b"}}, "title"),
        ({"fields": {"title": "t", "nonsense": "x"}}, "nonsense"),
        ({"fields": {"title": "t"}, "root": "["}, "root"),
        ({"fields": {"title": "t"}, "statuses": {"x": "exploded"}}, "statuses"),
        ({"fields": {"title": "t"}, "severities": {"x": 4}}, "severities"),
        ({"fields": {"title": "t"}, "severities": {"x": True}}, "severities"),
        ({"fields": ["title"]}, "fields"),
        ({"fields": {"title": 7}}, "fields"),
        ({"fields": {"title": "t"}, "more": 1}, "more"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_by_field(
    client: Client, olivia: User, tool: Integration, rules: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        workflow.set_mapping(tool, rules=rules, actor=None)
    assert field in refused.value.message_dict
    client.force_login(olivia)
    for verb in ("set-mapping", "try-mapping"):
        path = f"/api/v1/integrations/{tool.pk}/{verb}/"
        api = client.post(path, {"rules": rules}, content_type=JSON)
        assert api.status_code == 400
    assert not IntegrationMapping.objects.exists()


@pytest.mark.parametrize("kind", ["pagerduty", "opsgenie"])
def test_a_format_that_says_all_by_itself_has_no_rules(
    client: Client, olivia: User, checkout: Service, kind: str
) -> None:
    made = make_integration(service=checkout, kind=kind)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_mapping(made, rules=RULES, actor=None)

    assert [refusal.code for refusal in refused.value.refusals] == ["no_mapping"]
    client.force_login(olivia)
    assert client.get(f"{made.get_absolute_url()}mapping/").status_code == 409


def test_versions_are_kept_and_an_old_one_restored(
    client: Client, olivia: User, tool: Integration
) -> None:
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}mapping/"
    assert client.post(page, FORM).status_code == 302
    api = client.post(
        f"/api/v1/integrations/{tool.pk}/set-mapping/",
        {"rules": {"fields": {"title": "what"}}},
        content_type=JSON,
    )
    first = tool.mappings.get(number=1)
    restored = client.post(f"/operate/integrations/mappings/{first.pk}/restore/")

    assert (api.status_code, restored.status_code) == (201, 302)
    versions = client.get(f"/api/v1/integrations/{tool.pk}/mappings/").json()
    assert [version["number"] for version in versions] == [3, 2, 1]
    assert versions[0]["rules"] == versions[2]["rules"]
    assert versions[0]["made_by"]["name"] == "Olivia"
    again = client.post(f"/operate/integrations/mappings/{first.pk}/restore/")
    assert again.status_code == 409
    text = client.get(page).content.decode()
    assert "Version 3" in text
    assert "alarm.what" in text


def test_rules_are_tried_before_they_are_saved(
    client: Client, olivia: User, tool: Integration
) -> None:
    take(tool, body("Disk"), body("CPU"))
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}mapping/"

    words = FORM | {"statuses": "broken = firing", "try": "1"}
    tried = client.post(page, words)
    live = client.post(page, words, headers={"HX-Request": "true", "HX-Target": "tried"})

    assert (tried.status_code, live.status_code) == (200, 200)
    assert not tool.mappings.exists()
    assert ">CPU" in tried.content.decode()
    assert ">CPU" in live.content.decode()
    assert "<html" not in live.content.decode()


def test_a_pasted_body_is_read_without_being_taken_in(
    client: Client, olivia: User, tool: Integration
) -> None:
    client.force_login(olivia)
    pasted = FORM | {"pasted": body("Pasted", now="ok").decode(), "try": "1"}
    page = client.post(f"{tool.get_absolute_url()}mapping/", pasted).content.decode()

    assert "Pasted" in page
    assert not Receipt.objects.exists()


def test_what_is_typed_wrong_is_shown_and_nothing_lost(
    client: Client, olivia: User, tool: Integration
) -> None:
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}mapping/"
    wrong = FORM | {"link": "a b c", "severities": "fatal is bad"}
    response = client.post(page, wrong)

    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="a b c"' in text
    assert "fatal is bad" in text
    badly = client.post(page, FORM | {"link": "a b c"})
    assert badly.status_code == 422
    assert "cannot be read from" in badly.content.decode()


def test_rules_that_lose_calls_are_saved_on_a_second_word_only(
    client: Client, olivia: User, tool: Integration
) -> None:
    workflow.set_mapping(tool, rules=RULES | {"statuses": {"broken": "firing"}}, actor=None)
    take(tool, body())
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}mapping/"

    refused = client.post(page, FORM)
    assert refused.status_code == 422
    assert "would not be any more" in refused.content.decode()
    assert client.post(page, FORM | {"anyway": "on"}).status_code == 302
    assert tool.mappings.count() == 2


def test_mail_has_words_instead_of_paths(
    client: Client, olivia: User, checkout: Service
) -> None:
    made = make_integration("Mail", service=checkout, kind="email")
    take(made, b"Subject: Entwarnung: Platte\n\nx\n")
    client.force_login(olivia)
    page = f"{made.get_absolute_url()}mapping/"
    assert "recovered" in client.get(page).content.decode()

    form = {"resolve": "entwarnung", "open": "alarm", "ignore": "", "severities": "alarm = p0"}
    assert client.post(page, form).status_code == 302
    assert tool_rules(made) == {
        "resolve": ["entwarnung"],
        "open": ["alarm"],
        "ignore": [],
        "severities": {"alarm": 0},
    }


def tool_rules(integration: Integration) -> dict[str, Any]:
    mapping = integration.mappings.first()
    assert mapping is not None
    return mapping.rules


def test_no_test_fits_rules_that_say_no_severity(tool: Integration) -> None:
    workflow.set_mapping(tool, rules=RULES, actor=None)

    assert [reason.code for reason in workflow.why_not_test(tool)] == ["own_rules"]


NESTED = {
    "root": "data.events",
    "fields": {
        "title": '"Disk" || alarm["what is it"]',
        "fingerprint": "ids[0]",
        "status": "$.state.now",
        "severity": "alarm.level",
        "labels": "alarm.labels",
    },
    "statuses": {"broken": "firing", "mended": "resolved", "firing": "ignored"},
    "severities": {"meh": 3, "p3": 0},
}
FLAT = {"fields": {"title": "what", "fingerprint": "no", "severity": "grave", "status": "now"}}
MAIL = {"open": ["alarm"], "resolve": ["entwarnung"], "ignore": ["problem"], "severities": {}}


@pytest.mark.parametrize(
    ("kind", "rules"), [("generic", NESTED), ("generic", FLAT), ("email", MAIL)]
)
def test_a_test_is_made_up_by_the_teams_rules(
    checkout: Service, kind: str, rules: dict[str, Any]
) -> None:
    made = make_integration("Made up", service=checkout, kind=kind)
    workflow.set_mapping(made, rules=rules, actor=None)

    assert workflow.why_not_test(made) == []
    workflow.send_test(made, actor=None)
    workflow.read_all_due(clock.now())

    alert = Alert.objects.get(integration=made)
    assert (alert.is_firing, alert.severity, alert.occurrence_count) == (False, 3, 1)
    assert set(made.receipts.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize(
    "rules",
    [
        {"fields": {"title": "t", "status": '"firing"', "severity": '"p3"'}},
        {"fields": {"title": "t", "status": "s", "severity": '"p0"'}},
        {"root": "a[500]", "fields": {"title": "t", "status": "s", "severity": "x"}},
        {"fields": {"title": "t", "status": "t.s", "severity": "x"}},
    ],
)
def test_what_would_not_be_harmless_is_not_sent(
    tool: Integration, rules: dict[str, Any]
) -> None:
    workflow.set_mapping(tool, rules=rules, actor=None)

    assert [reason.code for reason in workflow.why_not_test(tool)] == ["own_rules"]


# --- reading again


def test_after_a_new_mapping_calls_are_read_again(
    client: Client, olivia: User, tool: Integration
) -> None:
    broken, also, over = take(tool, body("Disk"), body("CPU", no=8), body("Disk", now="mended"))
    assert {broken.state, also.state, over.state} == {"failed"}
    words = {"broken": "firing", "mended": "resolved"}
    workflow.set_mapping(tool, rules=RULES | {"statuses": words}, actor=None)
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}replay/"
    path = f"/api/v1/integrations/{tool.pk}/replay/"

    shown = client.get(page).content.decode()
    dry = client.post(path, {"limit": 50}, content_type=JSON).json()

    assert (own_alerts(tool), opened()) == ([], 0)  # nothing has changed yet
    assert "New and over already: Disk" in shown
    assert "New and firing: CPU" in shown
    assert [len(each["changes"]) for each in dry["differences"]] == [1, 1, 0]

    assert client.post(page, {"limit": "20"}).status_code == 302

    assert own_alerts(tool) == [("Disk", "returned"), ("CPU", "unacked")]
    event = Event.objects.get(
        kind="alert.opened", data__held_by=[], subject_label__startswith="CPU"
    )
    assert event.subject_label.startswith("CPU")
    alert = Alert.objects.get(name="Disk")
    assert (alert.started_at, alert.ended_at) == (broken.received_at, over.received_at)
    done = client.post(path, {"dry_run": False}, content_type=JSON).json()
    assert [each["changes"] for each in done["differences"]] == [[], [], []]
    assert Event.objects.filter(kind="integration.replayed").count() == 2


def test_what_ended_after_the_calls_that_are_read_again_opens_nothing(
    client: Client, olivia: User, tool: Integration
) -> None:
    take(tool, body("Disk"), *(body("CPU", no=9) for _ in range(3)))
    words = {"broken": "firing", "mended": "resolved"}
    [over] = take(tool, body("Disk", now="mended"))
    workflow.set_mapping(tool, rules=RULES | {"statuses": words}, actor=None)
    first = tool.receipts.order_by("pk")[0]

    workflow.replay(first, actor=None)
    workflow.read_all_due(clock.now())

    assert own_alerts(tool) == [("Disk", "returned")]
    assert Alert.objects.get(name="Disk").ended_at == over.received_at


def test_a_changed_word_shows_and_a_changed_key_leaves_the_old_alert(
    client: Client, olivia: User, tool: Integration
) -> None:
    words = {"statuses": {"broken": "firing"}}
    workflow.set_mapping(tool, rules=RULES | words, actor=None)
    take(tool, body("Disk"))
    titled = {"fields": RULES["fields"] | {"title": '"Always"'}} | words
    workflow.set_mapping(tool, rules=titled, actor=None)

    [difference] = workflow.preview_replay(tool).differences
    [change] = difference.changes
    assert {each.name: (each.before, each.after) for each in change.fields}["name"] == (
        "Disk",
        "Always",
    )
    keyed = {"fields": RULES["fields"] | {"fingerprint": "alarm.what"}} | words
    workflow.set_mapping(tool, rules=keyed, actor=None)
    client.force_login(olivia)
    page = client.get(f"{tool.get_absolute_url()}replay/").content.decode()
    assert "Alerts that none of these calls tells of" in page
    assert own_alerts(tool) == [("Disk", "unacked")]


def test_there_is_nothing_to_read_again(
    client: Client, olivia: User, tool: Integration
) -> None:
    client.force_login(olivia)
    page = f"{tool.get_absolute_url()}replay/"

    assert "No call is kept" in client.get(page).content.decode()
    assert client.post(page).status_code == 409
    api = client.post(
        f"/api/v1/integrations/{tool.pk}/replay/", {"dry_run": False}, content_type=JSON
    )
    assert api.json()["reasons"][0]["code"] == "nothing_kept"


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_others_change_nothing(
    client: Client, tool: Integration, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))
    for page in ("mapping", "replay"):
        path = f"{tool.get_absolute_url()}{page}/"
        assert client.get(path).status_code == client.post(path, FORM).status_code == status
    for verb in ("set-mapping", "try-mapping", "replay"):
        path = f"/api/v1/integrations/{tool.pk}/{verb}/"
        assert client.post(path, {"rules": RULES}, content_type=JSON).status_code == status


# --- the integration's own page


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("grafana", "Contact points"),
        ("pagerduty", "pagerduty_configs"),
        ("opsgenie", "opsgenie_configs"),
        ("generic", "curl"),
        ("email", "/etc/aliases"),
    ],
)
def test_the_page_says_how_to_connect_each_kind(
    client: Client, olivia: User, checkout: Service, kind: str, words: str
) -> None:
    client.force_login(olivia)
    form = {"name": "New", "service": checkout.pk, "default_severity": 1, "kind": kind}
    page = client.post("/operate/integrations/new/", form)

    made = Integration.objects.get(kind=kind)
    text = page.content.decode()
    assert page.status_code == 201
    assert words in text
    assert made.key_prefix in text
    assert (str(made.mail_id) in text) == (kind == "email")


def test_the_beginnings_of_rejected_calls_are_shown(
    client: Client, vera: User, tool: Integration
) -> None:
    workflow.reject(tool, b"<html>Not this", "text/html", why="This is not JSON.")
    client.force_login(vera)
    page = client.get(tool.get_absolute_url()).content.decode()

    assert "&lt;html&gt;Not this" in page
    assert "This is not JSON." in page


def test_the_list_says_when_each_was_heard(
    client: Client, vera: User, tool: Integration, django_assert_max_num_queries: Any
) -> None:
    take(tool, b"7")
    client.force_login(vera)
    page = client.get("/operate/integrations/?kind=generic").content.decode()
    assert "not understood" in page
    for number in range(20):
        make_integration(f"More {number}", kind="generic")
    with django_assert_max_num_queries(40):
        client.get("/operate/integrations/?kind=generic")


def test_nobody_changes_the_integration_of_the_portal_itself(client: Client, ada: User) -> None:
    own = workflow.internal_integration()
    client.force_login(ada)

    assert "How to connect it" not in client.get(own.get_absolute_url()).content.decode()
    for verb in ("rotate-key", "switch-off", "send-test"):
        path = f"{own.get_absolute_url()}{verb}/"
        assert client.post(path).status_code == 409
    made = {"name": "Another", "kind": "internal"}
    api = client.post("/api/v1/integrations/", made, content_type=JSON)
    assert api.status_code == 400
    listed = client.get("/api/v1/integrations/").json()["results"]
    assert [each["kind"] for each in listed] == ["internal"]
