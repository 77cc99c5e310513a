"""Pages and API of silences, inhibition rules, what is held, and several alerts at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from operations import workflow
from operations.models import Alert, AlertState, Inhibition, NoiseSettings, Silence
from portal import clock
from portal.models import Service, Team, User
from tests.operations.make import NOON, make_alert, make_integration, receive, told

HOUR = timedelta(hours=1)
ERRORS = [{"label": "alertname", "op": "=", "value": "HighErrorRate"}]


def moment(hours: int) -> str:
    return f"{clock.now() + hours * HOUR:%Y-%m-%dT%H:%M}"


def said(**fields: Any) -> dict[str, Any]:
    return {
        "reason": "Moving the database",
        "team": "payments",
        "matchers": 'alertname="HighErrorRate"',
        "ends_at": moment(2),
        **fields,
    }


def test_page_and_api_make_a_silence_alike(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    page = client.post("/operate/silences/new/", said())
    body = said(matchers=ERRORS, ends_at=(clock.now() + HOUR).isoformat())
    api = client.post("/api/v1/silences/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (302, 201)
    first, second = Silence.objects.order_by("pk")
    assert first.matchers == second.matchers == ERRORS
    assert first.owner == second.owner == olivia
    assert api.json()["state"] == "active"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"matchers": "nonsense"}, "This cannot be read as a matcher: nonsense"),
        ({"matchers": 'a=~"("'}, "cannot be used"),
        ({"ends_at": ""}, "This field is required."),
        ({"ends_at": "2020-01-01T00:00"}, "A silence must end after it starts."),
        ({"reason": ""}, "This field is required."),
        ({"weekly": "soon"}, "cannot be read; write it as in"),
        ({"team": "platform"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    client: Client, olivia: User, checkout: Service, platform: Team, fields: Any, words: str
) -> None:
    client.force_login(olivia)
    page = client.post("/operate/silences/new/", said(**fields))

    assert page.status_code == 422
    content = page.content.decode()
    assert words in content
    assert fields.get("matchers", "alertname=").split("=")[0] in content
    assert not Silence.objects.exists()


def test_a_silence_of_everything_is_refused(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    page = client.post("/operate/silences/new/", said(matchers=""))
    body = said(matchers=[], ends_at=(clock.now() + HOUR).isoformat())
    api = client.post("/api/v1/silences/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (409, 409)
    assert "This would hold every alert of Payments." in page.content.decode()
    assert api.json()["reasons"][0]["code"] == "holds_everything"


def test_the_preview_shows_what_it_would_hold_now(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    make_alert(service=checkout, name="Other")
    client.force_login(olivia)

    page = client.post("/operate/silences/new/", said(preview="1")).content.decode()
    api = client.post(
        "/api/v1/silences/preview/",
        {"team": "payments", "matchers": ERRORS},
        content_type="application/json",
    )

    assert "It would hold 1 alert now" in page
    assert "Moving the database" in page  # nothing typed is lost
    assert api.json() == {"alerts": [alert.pk]}
    assert not Silence.objects.exists()


def test_a_silence_says_what_it_holds_and_can_be_extended_and_ended(
    client: Client, olivia: User, checkout: Service, payments: Team
) -> None:
    silence = workflow.make_silence(
        team=payments, matchers=ERRORS, reason="Known", ends_at=clock.now() + HOUR, actor=olivia
    )
    make_alert(service=checkout)
    client.force_login(olivia)

    page = client.get(silence.get_absolute_url()).content.decode()
    assert "HighErrorRate" in page
    assert "still held" in page

    client.post(f"/operate/silences/{silence.pk}/extend/", {"hours": "4"})
    longer = Silence.objects.get()
    assert longer.ends_at == silence.ends_at + 4 * HOUR

    client.post(f"/operate/silences/{silence.pk}/end/")
    assert not Alert.objects.get().is_held
    again = client.post(f"/operate/silences/{silence.pk}/end/")
    api = client.post(f"/api/v1/silences/{silence.pk}/end/")
    assert (again.status_code, api.status_code) == (409, 409)
    assert api.json()["reasons"][0]["code"] == "silence_over"


def test_it_can_be_changed_and_copied(
    client: Client, olivia: User, payments: Team, checkout: Service
) -> None:
    silence = workflow.make_silence(
        team=payments, matchers=ERRORS, reason="Known", ends_at=clock.now() + HOUR, actor=olivia
    )
    client.force_login(olivia)
    page = client.post(f"/operate/silences/{silence.pk}/edit/", said(reason="Better known"))
    assert page.status_code == 302
    api = client.patch(
        f"/api/v1/silences/{silence.pk}/", {"reason": "Best"}, content_type="application/json"
    )
    assert api.json()["reason"] == "Best"

    copy = client.get(f"/operate/silences/new/?copy={silence.pk}").content.decode()
    assert "alertname=&quot;HighErrorRate&quot;" in copy
    assert "Best" in copy


def test_from_an_alert_comes_a_silence_of_exactly_it(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout, zone="eu-1")
    client.force_login(olivia)
    page = client.get(f"/operate/silences/new/?alert={alert.pk}").content.decode()

    assert "zone=&quot;eu-1&quot;" in page


def test_the_silence_of_a_window_cannot_be_ended_by_hand(
    client: Client, ada: User, checkout: Service
) -> None:
    silence = workflow.maintenance_silence(
        reference="window:1",
        services=[checkout],
        starts_at=clock.now(),
        ends_at=clock.now() + HOUR,
        reason="Moving",
        actor=None,
    )
    assert silence is not None
    client.force_login(ada)

    api = client.post(f"/api/v1/silences/{silence.pk}/end/")
    page = client.get(silence.get_absolute_url()).content.decode()

    assert api.json()["reasons"][0]["code"] == "belongs_to_window"
    assert "This silence belongs to a maintenance window." in page


@pytest.mark.parametrize(("state", "count"), [("active", 1), ("pending", 1), ("expired", 1)])
def test_silences_by_their_state(
    client: Client, vera: User, payments: Team, state: str, count: int
) -> None:
    for start, length in [(0, 1), (3, 1)]:
        workflow.make_silence(
            team=payments,
            matchers=ERRORS,
            reason="Known",
            starts_at=clock.now() + start * HOUR,
            ends_at=clock.now() + (start + length) * HOUR,
            actor=None,
        )
    over = workflow.make_silence(
        team=payments, matchers=ERRORS, reason="Over", ends_at=clock.now() + HOUR, actor=None
    )
    workflow.end_silence(over, actor=None)
    client.force_login(vera)

    page = client.get(f"/operate/silences/?state={state}").context["page"]
    api = client.get(f"/api/v1/silences/?state={state}").json()["results"]
    assert len(page.rows) == len(api) == count


def test_held_now_lists_everything_with_its_rule(
    client: Client, vera: User, checkout: Service, payments: Team
) -> None:
    workflow.make_silence(
        team=payments, matchers=ERRORS, reason="Known", ends_at=clock.now() + HOUR, actor=None
    )
    make_alert(service=checkout)
    client.force_login(vera)

    page = client.get("/operate/noise/").content.decode()
    api = client.get("/api/v1/holds/?is_open=true").json()["results"]

    assert "HighErrorRate" in page
    assert "Known" in page
    assert [(row["kind"], row["rule"]) for row in api] == [("silence", "Known")]


def test_page_and_api_make_an_inhibition_rule_alike(
    client: Client, ada: User, checkout: Service
) -> None:
    client.force_login(ada)
    typed = {
        "name": "By page",
        "source_matchers": 'alertname="Down"',
        "target_matchers": 'alertname!="Down"',
        "equal": "node, zone",
        "is_active": "on",
    }
    page = client.post("/operate/inhibitions/new/", typed)
    body = {
        "name": "By API",
        "source_matchers": [{"label": "alertname", "op": "=", "value": "Down"}],
        "target_matchers": [{"label": "alertname", "op": "!=", "value": "Down"}],
        "equal": ["zone", "node"],
    }
    api = client.post("/api/v1/inhibitions/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (302, 201)
    first, second = Inhibition.objects.order_by("pk")
    assert first.source_matchers == second.source_matchers
    assert first.equal == second.equal == ["node", "zone"]

    wrong = client.post("/operate/inhibitions/new/", {**typed, "name": "X", "equal": "1a"})
    assert wrong.status_code == 422
    assert "is not the name of a label" in wrong.content.decode()
    changed = client.post(f"/operate/inhibitions/{first.pk}/edit/", {**typed, "is_active": ""})
    assert changed.status_code == 302
    first.refresh_from_db()
    assert not first.is_active
    assert client.get(first.get_absolute_url()).status_code == 200


def test_page_and_api_set_what_is_a_flap(client: Client, ada: User) -> None:
    client.force_login(ada)
    whole = {"flap_changes": 7, "flap_minutes": 20, "remind_minutes": 15, "roll_up_from": 4}
    assert client.post("/operate/noise/settings/", whole).status_code == 302
    api = client.patch(
        "/api/v1/noise-settings/", {"flap_changes": 9}, content_type="application/json"
    )

    assert api.json()["flap_changes"] == 9
    kept = NoiseSettings.objects.get()
    assert (kept.flap_changes, kept.flap_minutes) == (9, 20)
    assert (
        client.post("/operate/noise/settings/", {**whole, "flap_changes": 1}).status_code == 422
    )


# Several alerts at once


@pytest.mark.parametrize(
    ("verb", "answers", "words"),
    [
        ("close", {"reason": "Gone"}, "1 of 2 closed"),
        ("silence", {"reason": "Known", "hours": "1"}, "1 of 2 silenced"),
    ],
)
def test_several_are_done_one_by_one(
    client: Client,
    olivia: User,
    checkout: Service,
    verb: str,
    answers: dict[str, str],
    words: str,
) -> None:
    fine, foreign = (
        make_alert(service=checkout),
        make_alert(make_integration("Other"), name="X"),
    )
    if verb == "close":
        receive(foreign.integration, told("X", ended=NOON + HOUR))
    client.force_login(olivia)
    chosen = {"alert": [fine.pk, foreign.pk]}

    asked = client.post(f"/operate/alerts/{verb}/", chosen)
    assert asked.status_code == 200
    assert f'value="{fine.pk}"' in asked.content.decode()
    empty = client.post(f"/operate/alerts/{verb}/", {**chosen, "reason": ""})
    assert empty.status_code == 422

    done = client.post(f"/operate/alerts/{verb}/", {**chosen, **answers})
    assert done.status_code == 409
    assert words in done.content.decode()
    fine.refresh_from_db()
    assert fine.is_held if verb == "silence" else fine.state == AlertState.NORMAL


def test_the_api_does_several_too(client: Client, olivia: User, checkout: Service) -> None:
    fine, seen = make_alert(service=checkout), make_alert(service=checkout, name="Other")
    client.force_login(olivia)

    def post(verb: str, **body: Any) -> list[bool]:
        body["ids"] = [fine.pk, seen.pk, 987]
        url = f"/api/v1/alerts/{verb}/"
        answer = client.post(url, body, content_type="application/json")
        return [row["is_done"] for row in answer.json()["outcomes"]]

    end = (clock.now() + HOUR).isoformat()
    assert post("silence", reason="Known", ends_at=end) == [True, True, False]
    assert post("silence", reason="Known", ends_at=end) == [False, False, False]
    assert post("close", reason="Gone") == [True, True, False]
    assert post("close", reason="Gone") == [False, False, False]


def test_an_acknowledgement_can_be_taken_back(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout, state=AlertState.ACKED)
    client.force_login(olivia)
    page = client.post(f"/operate/alerts/{alert.pk}/unacknowledge/")
    api = client.post(f"/api/v1/alerts/{alert.pk}/unacknowledge/")

    assert (page.status_code, api.status_code) == (302, 409)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (AlertState.UNACKED, None)


def test_closed_by_hand_it_stays_closed_until_it_begins_anew(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    client.force_login(olivia)
    assert client.post(f"/operate/alerts/{alert.pk}/close/", {"reason": ""}).status_code == 422
    client.post(f"/operate/alerts/{alert.pk}/close/", {"reason": "Its monitor is gone"})

    receive(alert.integration, told())  # the same occurrence, told again
    alert.refresh_from_db()
    assert alert.state == AlertState.NORMAL
    assert alert.occurrences.get().end_reason == "closed"
    receive(alert.integration, told(at=NOON + HOUR))
    alert.refresh_from_db()
    assert alert.state == AlertState.UNACKED


# The list


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("held=true", {"Silenced"}),
        ("held=false", {"Down", "Slow"}),
        ('match=zone="a"', {"Down", "Silenced"}),
        ('match=zone!="a"', {"Slow"}),
        ('match=zone=~"a|c"', {"Down", "Silenced"}),
        ('match=zone!~"a.*"', {"Slow"}),
        ('match={severity="P0"}', {"Down"}),
        ('match=alertname=~"S.*",service="checkout"', {"Silenced", "Slow"}),
        ("team=payments", {"Silenced", "Slow", "Down"}),
        ("team=platform", set()),
    ],
)
def test_filters_of_the_list_and_the_api_alike(
    client: Client,
    vera: User,
    checkout: Service,
    payments: Team,
    platform: Team,
    query: str,
    names: set[str],
) -> None:
    rows = [{"label": "alertname", "op": "=", "value": "Silenced"}]
    workflow.make_silence(
        team=payments, matchers=rows, reason="Known", ends_at=clock.now() + HOUR, actor=None
    )
    make_alert(service=checkout, name="Silenced", zone="a")
    make_alert(service=checkout, name="Down", zone="a", severity="p0")
    make_alert(service=checkout, name="Slow", zone="b")
    client.force_login(vera)

    page = client.get(f"/operate/alerts/?{query}").context["page"]
    api = client.get(f"/api/v1/alerts/?{query}").json()["results"]
    assert {alert.name for alert in page} == names == {alert["name"] for alert in api}


def test_a_matcher_that_cannot_be_read_is_an_error(client: Client, vera: User) -> None:
    client.force_login(vera)

    assert client.get("/api/v1/alerts/?match=nonsense").status_code == 400
    page = client.get("/operate/alerts/?match=nonsense").content.decode()
    assert "This cannot be read as a matcher" in page


def test_alerts_are_grouped_by_any_label(client: Client, vera: User, checkout: Service) -> None:
    make_alert(service=checkout, name="Down", zone="a", severity="p0")
    make_alert(service=checkout, name="Slow", zone="a")
    make_alert(service=checkout, name="Full", zone="b", state=AlertState.NORMAL)
    client.force_login(vera)

    groups = client.get("/operate/alerts/?group=zone").context["groups"]
    counted = [(row["value"], row["count"], row["firing"], row["worst"]) for row in groups]
    assert counted == [("a", 2, 2, 0), ("b", 1, 0, 2)]
    inside = client.get(groups[0]["url"]).context["page"]
    assert {alert.name for alert in inside} == {"Down", "Slow"}
    for label in ("service", "alertname", "integration", "severity"):
        assert client.get(f"/operate/alerts/?group={label}").status_code == 200


def test_the_list_updates_its_rows_only(client: Client, vera: User, checkout: Service) -> None:
    make_alert(service=checkout)
    client.force_login(vera)
    headers = {"HX-Request": "true", "HX-Target": "alerts-live"}

    part = client.get("/operate/alerts/?state=firing", headers=headers).content.decode()

    assert "HighErrorRate" in part
    assert "<html" not in part
    assert "?state=firing" in part


def test_the_list_costs_the_same_with_many_rows(
    client: Client,
    vera: User,
    checkout: Service,
    payments: Team,
    django_assert_max_num_queries: Any,
) -> None:
    workflow.make_silence(
        team=payments, services=[checkout], reason="All", ends_at=clock.now() + HOUR, actor=None
    )
    prometheus = make_integration(service=checkout)
    receive(prometheus, *(told(f"Alert{number}") for number in range(40)))
    client.force_login(vera)
    for url in ("/operate/alerts/", "/operate/noise/", "/operate/silences/"):
        client.get(url)
        with django_assert_max_num_queries(22):
            assert client.get(url).status_code == 200


def test_the_history_says_who_answered_which_time(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    workflow.acknowledge_alert(alert, actor=olivia)
    receive(alert.integration, told(at=NOON + HOUR))
    client.force_login(olivia)

    page = client.get(alert.get_absolute_url())
    api = client.get(f"/api/v1/alerts/{alert.pk}/").json()["occurrences"]

    assert [row["acknowledged_by"] for row in api] == [
        None,
        {"id": olivia.pk, "name": "Olivia"},
    ]
    assert "Acknowledged by" in page.content.decode()


def test_a_silence_says_when_it_only_holds_at_certain_hours(
    client: Client, olivia: User, checkout: Service
) -> None:
    another_day = (clock.now().weekday() + 3) % 7
    workflow.make_silence(
        reason="The index is built anew",
        services=[checkout],
        starts_at=clock.now() - HOUR,
        ends_at=clock.now() + timedelta(days=30),
        weekly=[{"weekdays": [another_day], "from": "02:00", "until": "04:00"}],
        actor=olivia,
    )
    client.force_login(olivia)
    page = client.get("/operate/silences/").content.decode()

    assert "Between its hours" in page
    assert "02:00-04:00 (UTC)" in page


def test_a_service_leads_to_a_silence_of_all_that_fires_there(
    client: Client, olivia: User, checkout: Service
) -> None:
    make_alert(service=checkout)
    client.force_login(olivia)
    link = "/operate/silences/new/?service=checkout"

    assert link in client.get("/services/checkout/").content.decode()
    form = client.get(link).context["form"]
    assert form.initial["services"] == ["checkout"]
    assert form.initial["team"] == "payments"


def test_a_silence_of_a_service_that_is_not_there_is_not_found(
    client: Client, olivia: User
) -> None:
    client.force_login(olivia)

    assert client.get("/operate/silences/new/?service=nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "part", "below"),
    [
        ("/operate/silences/", "Alerts", "Silences"),
        ("/operate/noise/", "Alerts", "Held now"),
        ("/operate/heartbeats/", "Checks", "Heartbeats"),
        ("/operate/on-call/swaps/", "On call", "Swaps"),
        ("/operate/receipts/", "Integrations", "Calls received"),
    ],
)
def test_each_page_shows_the_part_it_lies_below(
    client: Client, olivia: User, path: str, part: str, below: str
) -> None:
    client.force_login(olivia)
    page = client.get(path).content.decode()

    assert f'aria-current="page">{part}<' in page
    assert f'aria-current="page">{below}<' in page
