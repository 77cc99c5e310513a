"""The audit log and the past versions of records."""

import csv
import io

import pytest
from django.test import Client

from portal import events
from portal.models import Event, Service, Team, User
from portal.spreadsheets import cell
from portal.workflow import services, teams
from portal.workflow.webhooks import create_webhook


def test_events_are_found_by_kind_person_service_and_text(
    client: Client, vera: User, olivia: User, checkout: Service
) -> None:
    services.change_service(checkout, tier=1, actor=olivia)
    teams.change_team(checkout.team, description="Money", actor=None)
    client.force_login(vera)

    for query, kinds in [
        ("", ["team.changed", "service.changed"]),
        ("kind=service.*", ["service.changed"]),
        ("kind=team.changed", ["team.changed"]),
        (f"actor={olivia.pk}", ["service.changed"]),
        ("service=checkout", ["service.changed"]),
        ("q=payments", ["team.changed"]),
    ]:
        page = [row.kind for row in client.get(f"/events/?{query}").context["page"]]
        api = [row["kind"] for row in client.get(f"/api/v1/events/?{query}").json()["results"]]
        rows = list(csv.reader(io.StringIO(_text(client, query))))
        assert page == api == [row[2] for row in rows[1:]] == kinds
    html = client.get("/events/").content.decode()
    assert "Service changed: Checkout" in html
    assert 'href="/services/checkout/"' in html


def _text(client: Client, query: str) -> str:
    answer = client.get(f"/events/export.csv?{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "value", ["=1+1", "+49 30", "-5", "@name", "\t=1", " =1", "\u200b=1", "\uff1d1", "\ufeff@x"]
)
def test_a_cell_is_never_a_formula(value: str) -> None:
    assert cell(value) == f"'{value}"


def test_other_cells_stay_as_they_are() -> None:
    assert [cell(value) for value in ("Ana - 5", -5, None, {"a": 1})] == [
        "Ana - 5",
        "-5",
        "",
        '{"a": 1}',
    ]


def test_one_s_own_affairs_are_not_for_colleagues(
    client: Client, ana: User, olivia: User, ada: User
) -> None:
    events.record("token.created", olivia, actor=olivia)

    for person, seen in ((ana, 0), (olivia, 1), (ada, 1)):
        client.force_login(person)
        assert len(client.get("/events/?kind=token.*").context["page"].rows) == seen
        assert len(client.get("/api/v1/events/?kind=token.*").json()["results"]) == seen


def test_an_event_whose_subject_is_gone_can_still_be_read(client: Client, ada: User) -> None:
    events.record("service.created", Service(pk=4711, name="Gone"), actor=None)
    client.force_login(ada)

    assert "Service created: Gone" in client.get("/events/").content.decode()


def test_versions_show_what_changed_and_who_did_it(
    client: Client, vera: User, olivia: User, checkout: Service, platform: Team
) -> None:
    services.change_service(checkout, tier=1, team=platform, actor=olivia)
    client.force_login(vera)

    page = client.get(f"/history/portal.service/{checkout.pk}/")

    changes = {change.field: change for change in page.context["versions"][0]["changes"]}
    assert set(changes) == {"Tier", "Owner team"}
    assert (changes["Owner team"].old, changes["Owner team"].new) == ("Payments", "Platform")
    assert changes["Tier"].new == "Tier 1: the business stops without it"
    assert "Olivia" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [("olivia", 200), ("ada", 200), ("ana", 403), ("vera", 403), ("otto", 404)],
)
def test_who_reads_a_person_s_versions(
    client: Client, request: pytest.FixtureRequest, olivia: User, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    assert client.get(f"/history/portal.user/{olivia.pk}/").status_code == status


def test_a_record_without_a_reader_has_no_page(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.outgoing.check_url", lambda _url: None)
    webhook, _secret = create_webhook(
        name="Chat", url="https://example.com", kinds=[], actor=ada
    )
    client.force_login(ada)

    assert client.get(f"/history/portal.webhook/{webhook.pk}/").status_code == 404
    assert client.get(f"/history/portal.contactmethod/{ada.pk}/").status_code == 404
    assert client.get("/history/portal.service/99/").status_code == 404


def test_a_made_up_cursor_is_not_there(client: Client, ada: User) -> None:
    events.record("team.changed", ada, actor=ada)
    client.force_login(ada)

    for cursor in ("nonsense", "cD1hYmM=", "cD0lMDA="):  # not base64; p=abc; p=%00
        assert client.get(f"/events/?cursor={cursor}").status_code == 404
        assert client.get(f"/api/v1/events/?cursor={cursor}").status_code == 404
    assert Event.objects.exists()
