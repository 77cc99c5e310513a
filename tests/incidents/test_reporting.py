"""What everybody may do: report a problem, and see what became of it. Nothing else leaks."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from incidents import workflow
from incidents.models import ProblemReport, ReportState, StatusComponent
from incidents.report_tokens import token_of
from incidents.views.reporting import MOST_BYTES, REPORTS
from incidents.workflow import report_letters
from portal import clock
from portal.models import Event, Team, User
from tests.incidents.make import make_incident
from tests.incidents.status import make_component, make_shown_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

PATH = "/status/report/"
LUKE = "luke@example.net"


@pytest.fixture
def is_open(db: None) -> None:
    workflow.change_page_settings(takes_reports=True, actor=None)


@pytest.fixture
def shop(payments: Team) -> StatusComponent:
    make_shown_service("Shop", team=payments, is_public=True)
    return StatusComponent.objects.get(slug="shop")


def send(client: Client, **said: Any) -> Any:
    said.setdefault("text", "I cannot pay")
    said.setdefault("harm", "blocked")
    return client.post(PATH, said)


def deliver() -> None:
    report_letters.send_due(clock.now())
    report_letters.desk.finish()


def test_the_form_is_shut_until_it_is_opened(client: Client, ada: User) -> None:
    assert client.get(PATH).status_code == send(client).status_code == 404
    assert "/report/" not in client.get("/status/").content.decode()
    assert not ProblemReport.objects.exists()

    workflow.change_page_settings(takes_reports=True, actor=ada)
    assert client.get(PATH).status_code == 200
    assert 'href="./report/"' in client.get("/status/").content.decode()


@pytest.mark.usefixtures("is_open")
def test_what_is_wrong_is_enough_and_a_reference_is_the_thanks(client: Client) -> None:
    answer = send(client)
    report = ProblemReport.objects.get()
    assert (report.text, report.state, report.address) == ("I cannot pay", "new", "")
    shown = client.get(answer["Location"])
    assert report.reference in shown.content.decode()
    assert "Thank you" in shown.content.decode()
    assert shown["Referrer-Policy"] == "no-referrer"
    assert Event.objects.get(kind="report.received").actor is None


@pytest.mark.usefixtures("is_open")
def test_all_of_it_is_kept_and_the_address_is_encrypted(
    client: Client, shop: StatusComponent
) -> None:
    began = (clock.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert send(client, component="shop", began_at=began, address=LUKE).status_code == 302
    report = ProblemReport.objects.get()
    assert (report.component, report.harm, report.address) == (shop, "blocked", LUKE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM incidents_problemreport")
        assert "luke" not in cursor.fetchone()[0]
    names = {field.name for field in report.history.model._meta.fields}
    assert not names & {"address", "address_hash"}
    assert "luke" not in str(list(Event.objects.values_list("data", "subject_label")))

    deliver()
    (letter,) = mail.outbox
    assert letter.to == [LUKE]
    assert report.reference in letter.subject
    assert "I cannot pay" not in letter.body  # nobody sends their words through us


@pytest.mark.usefixtures("is_open")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": "  "}, "This field is required."),
        ({"text": "x" * 2001}, "at most 2000 characters"),
        ({"address": "luke"}, "Enter an e-mail address"),
        ({"began_at": "2999-01-01T10:00"}, "This lies in the future"),
        ({"component": "board"}, "This page has no such component."),
        ({"harm": "odd"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: Client, wrong: dict[str, str], sentence: str
) -> None:
    make_component("Board", slug="board", is_public=False)
    answer = send(client, **{"address": LUKE, "text": "Nothing works", **wrong})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in shown
    kept = {"text": "Nothing works", "address": LUKE} | wrong
    assert all(f"{kept[name].strip()}" in shown for name in ("text", "address"))
    assert "Board" not in shown
    assert not ProblemReport.objects.exists()


@pytest.mark.usefixtures("is_open")
def test_who_fills_in_what_nobody_sees_is_kept_as_spam_and_written_to_by_nobody(
    client: Client,
) -> None:
    answer = send(client, address=LUKE, website="https://pills.example")
    report = ProblemReport.objects.get()
    assert (report.state, report.address) == (ReportState.SPAM, "")
    assert report.reference in client.get(answer["Location"]).content.decode()
    deliver()
    assert mail.outbox == []


@pytest.mark.usefixtures("is_open")
def test_one_client_sends_ten_an_hour_and_a_mistake_is_none(client: Client) -> None:
    assert send(client, text="").status_code == 422
    for _each in range(REPORTS):
        assert send(client).status_code == 302
    answer = send(client, text="One more")
    assert answer.status_code == 429
    assert "One more" in answer.content.decode()
    assert ProblemReport.objects.count() == REPORTS
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert send(elsewhere).status_code == 302


@pytest.mark.usefixtures("is_open")
def test_what_is_far_too_long_is_not_read(client: Client) -> None:
    assert send(client, text="x" * MOST_BYTES).status_code == 413


@pytest.mark.usefixtures("is_open")
def test_one_address_is_written_three_confirmations_a_day(client: Client) -> None:
    for _each in range(5):
        send(client, address=LUKE)
    deliver()
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("is_open")
def test_the_page_of_a_report_tells_nothing_of_the_house(
    client: Client, shop: StatusComponent, olivia: User
) -> None:
    send(client, component="shop", address=LUKE)
    report = ProblemReport.objects.get()
    path = f"/status/report/{token_of(report)}/"
    assert "have not looked at it yet" in client.get(path).content.decode()

    assert shop.service is not None
    incident = make_incident(
        shop.service, title="Somebody is in", is_private=True, actor=olivia
    )
    workflow.join_report(report, incident=incident, actor=olivia)
    shown = client.get(path).content.decode()
    assert "We know of it" in shown
    for hidden in ("Somebody is in", incident.number, "Olivia", LUKE):
        assert hidden not in shown
    workflow.resolve(incident, summary="Keys changed", actor=olivia)
    shown = client.get(path).content.decode()
    assert "It is mended." in shown
    assert "Keys changed" not in shown


@pytest.mark.usefixtures("is_open")
def test_a_link_that_is_opened_changes_nothing_and_its_button_erases(client: Client) -> None:
    send(client, address=LUKE)
    report = ProblemReport.objects.get()
    path = f"/status/report/{token_of(report)}/"
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    report.refresh_from_db()
    assert report.address == LUKE
    assert LUKE not in client.get(path).content.decode()

    assert client.post(path).status_code == 302
    report.refresh_from_db()
    assert (report.address, report.address_hash) == ("", "")
    deliver()
    assert mail.outbox == []
    assert client.post(path).status_code == 302


def test_a_reference_alone_opens_nothing(client: Client) -> None:
    report = workflow.receive_report(text="Slow", actor=None)
    for token in (report.reference, f"{report.reference}.x", token_of(report)[:-1]):
        assert client.get(f"/status/report/{token}/").status_code == 404
    assert client.get(f"/status/report/{token_of(report)}/").status_code == 200


@pytest.mark.usefixtures("is_open", "shop")
def test_the_page_of_a_component_fills_in_where(client: Client) -> None:
    shown = client.get("/status/components/shop/").content.decode()
    assert 'href="../../report/?component=shop"' in shown
    form = client.get(PATH, {"component": "shop"}).content.decode()
    assert '<option value="shop" selected>' in form
    assert client.get(PATH, {"component": "nowhere"}).status_code == 200
