"""Suppliers' notices: what is taken, what was told before, what is rejected and seen."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maintenance import workflow
from maintenance.maintnote import REQUIRED, read
from maintenance.models import RejectedNotice, SupplierNotice
from maintenance.tasks import forget_old_calls
from portal import clock
from portal.models import Service, Team, User
from tests.maintenance.make import own_queries
from tests.maintenance.notices import a_notice
from tests.make import make_service

JSON = "application/json"


def test_a_sound_notice_is_read_whole() -> None:
    (notice,), faults = read(a_notice())
    assert faults == []
    assert (notice.provider, notice.uid, notice.sequence) == (
        "carrier.example",
        "42@carrier.example",
        1,
    )
    assert (notice.impact, notice.status, notice.organizer) == (
        "OUTAGE",
        "CONFIRMED",
        "noc@carrier.example",
    )
    assert notice.objects == [{"id": "circuit 7", "impact": "DEGRADED"}]
    assert notice.maintenance_ids == ["WO-42"]
    assert f"{notice.starts_at:%Y-%m-%dT%H:%MZ}" == "2026-12-05T22:00Z"


@pytest.mark.parametrize("name", REQUIRED)
def test_what_the_draft_requires_is_required(name: str) -> None:
    notices, faults = read(a_notice(without=name))
    assert notices == []
    assert name in faults[0].sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DTEND": "20261205T210000Z"}, "after DTSTART"),
        ({"DTSTART": "20261205T220000"}, "with a zone"),
        ({"SEQUENCE": "first"}, "SEQUENCE"),
        ({"DTEND": "99991231T235959Z"}, "between 1900 and 3000"),
        ({"DTSTART": "00010101T000000Z"}, "between 1900 and 3000"),
    ],
)
def test_what_makes_no_sense_is_a_fault(changes: dict[str, str], words: str) -> None:
    notices, faults = read(a_notice(**changes))
    assert notices == []
    assert words in " ".join(fault.sentence for fault in faults)


@pytest.mark.parametrize(
    "source", [b"", b"hello", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR" + b"x" * 300_000]
)
def test_what_is_no_calendar_is_a_fault(source: bytes) -> None:
    notices, faults = read(source)
    assert (notices, [fault.number for fault in faults]) == ([], [0])


@pytest.mark.parametrize("lines", [b"DURATION:P99999999999W\r\n", b"BEGIN:VEVENT\r\n" * 15_000])
def test_what_the_parser_cannot_end_is_a_fault_or_left_out(lines: bytes) -> None:
    source = a_notice().replace(b"END:VEVENT", lines + b"END:VEVENT")
    notices, faults = read(source)
    assert len(notices) + len(faults) > 0


def test_an_unknown_impact_counts_as_an_outage() -> None:
    (notice,), _faults = read(a_notice(X_MAINTNOTE_IMPACT="SOMEWHAT"))
    assert notice.impact == "OUTAGE"


def test_what_no_page_shows_is_left_out(db: None) -> None:
    (notice,) = workflow.take_notices(a_notice(SUMMARY="Fi\x00bre\x07 works"), actor=None).new
    assert notice.summary == "Fibre works"
    workflow.take_notices(a_notice(without="UID", SUMMARY="\x00"), actor=None)
    assert "\x00" not in RejectedNotice.objects.get().excerpt


def test_only_a_higher_sequence_changes_what_is_known(db: None) -> None:
    assert len(workflow.take_notices(a_notice(), actor=None).new) == 1
    again = workflow.take_notices(a_notice(SUMMARY="Other words"), actor=None)
    assert [len(rows) for rows in again] == [0, 0, 1, 0]
    later = a_notice(SEQUENCE="2", DTSTART="20261206T000000Z", SUMMARY="Later")
    assert len(workflow.take_notices(later, actor=None).changed) == 1
    notice = SupplierNotice.objects.get()
    assert (notice.summary, notice.sequence, notice.starts_at.hour) == ("Later", 2, 0)


def test_a_file_is_uploaded_and_what_is_wrong_with_it_stays_to_be_seen(
    client: Client, checkout: Service, olivia: User, vera: User
) -> None:
    client.force_login(olivia)

    def upload(source: bytes) -> Any:
        return client.post(
            "/change/notices/take/", {"file": SimpleUploadedFile("n.ics", source)}
        )

    assert upload(a_notice()).status_code == 302
    wrong = upload(a_notice(without="X-MAINTNOTE-ACCOUNT"))
    assert wrong.status_code == 422
    assert "X-MAINTNOTE-ACCOUNT" in wrong.content.decode()
    assert RejectedNotice.objects.get().person == olivia
    client.force_login(vera)
    page = client.get("/change/notices/").content.decode()
    assert "carrier.example: Fibre works" in page
    assert "Could not be taken" in page
    assert "X-MAINTNOTE-ACCOUNT" in page


def test_services_are_linked_by_their_teams_and_it_stands_in_the_calendar(
    client: Client, checkout: Service, platform: Team, olivia: User, ana: User
) -> None:
    mail = make_service("Mail", team=platform)
    (notice,) = workflow.take_notices(a_notice(), actor=None).new
    own = notice.get_absolute_url()
    client.force_login(ana)
    assert client.post(f"{own}link/", {"services": ["checkout"]}).status_code == 422
    assert client.post(f"{own}link/", {"services": ["mail"]}).status_code == 302
    client.force_login(olivia)
    assert client.post(f"{own}link/", {"services": ["checkout"]}).status_code == 302
    assert set(notice.services.all()) == {checkout, mail}
    calendar = client.get("/change/calendar/?day=2026-12-05&service=checkout").content.decode()
    assert "Fibre works" in calendar
    assert "circuit 7" in client.get(own).content.decode()


def test_a_program_sends_it_to_the_api(client: Client, checkout: Service, olivia: User) -> None:
    client.force_login(olivia)
    door = "/api/v1/supplier-notices/"
    made = client.post(door, {"content": a_notice().decode()}, content_type=JSON)
    assert made.status_code == 201
    (notice,) = made.json()["new"]
    bad = client.post(door, {"content": a_notice(without="UID").decode()}, content_type=JSON)
    assert bad.status_code == 400
    assert "UID" in bad.content.decode()
    assert RejectedNotice.objects.count() == 1
    linked = client.post(
        f"{door}{notice['id']}/link/", {"services": ["checkout"]}, content_type=JSON
    )
    assert linked.json()["services"] == ["checkout"]
    listed = client.get(door, {"when": "ahead", "service": "checkout"}).json()["results"]
    assert all(row["id"] == notice["id"] for row in listed)


def test_sound_events_are_kept_beside_refused_ones_also_with_an_idempotency_key(
    client: Client, olivia: User
) -> None:
    client.force_login(olivia)
    sound, wrong = a_notice().decode(), a_notice(without="UID").decode()
    _head, begin, event = wrong.partition("BEGIN:VEVENT")
    both = sound.replace("END:VCALENDAR\r\n", begin + event)

    for _each in range(2):  # a refusal is no answer to be repeated
        answer = client.post(
            "/api/v1/supplier-notices/",
            {"content": both},
            content_type=JSON,
            headers={"Idempotency-Key": "one"},
        )
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == ["content"]
        assert "Idempotency-Replayed" not in answer.headers

    assert SupplierNotice.objects.count() == 1
    assert RejectedNotice.objects.count() == 2


def test_what_was_refused_is_forgotten_after_90_days(db: None) -> None:
    for _each in range(2):
        workflow.take_notices(a_notice(without="UID"), actor=None)
    old, kept = RejectedNotice.objects.order_by("pk")
    RejectedNotice.objects.filter(pk=old.pk).update(
        received_at=clock.now() - timedelta(days=91)
    )

    assert forget_old_calls() == 1

    assert RejectedNotice.objects.get() == kept


def test_the_list_asks_no_more_for_many(client: Client, olivia: User) -> None:
    client.force_login(olivia)
    workflow.take_notices(a_notice(), actor=None)
    asked = own_queries(client, "/change/notices/")
    for number in range(20):
        workflow.take_notices(a_notice(UID=f"{number}@carrier.example"), actor=None)
    assert own_queries(client, "/change/notices/") == asked
