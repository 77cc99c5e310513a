"""The operations log: added to and corrected, never edited."""

from datetime import timedelta

import pytest
from django.test import Client

from operations import workflow
from operations.models import LogEntry
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, User


def test_a_line_keeps_both_times_and_says_when_it_is_late(
    olivia: User, checkout: Service
) -> None:
    now = clock.now()
    in_time = workflow.write_log(text="Restarted", actor=olivia, service=checkout, now=now)
    late = workflow.write_log(
        text="Restarted", actor=olivia, happened_at=now - timedelta(minutes=61), now=now
    )

    assert (in_time.happened_at, in_time.is_late) == (now, False)
    assert (late.entered_at, late.is_late) == (now, True)


def test_the_future_is_not_logged(olivia: User) -> None:
    now = clock.now()
    with pytest.raises(TransitionNotAllowed, match="still to come"):
        workflow.write_log(
            text="Soon", actor=olivia, happened_at=now + timedelta(minutes=1), now=now
        )


def test_a_correction_is_a_new_line(olivia: User, ana: User) -> None:
    entry = workflow.write_log(text="Restarted A", actor=olivia)
    correction = workflow.correct_log(entry, text="Restarted B", actor=ana)

    entry.refresh_from_db()
    assert (entry.text, correction.corrects, correction.author) == ("Restarted A", entry, ana)
    assert correction.happened_at == entry.happened_at
    with pytest.raises(TransitionNotAllowed, match="corrected already"):
        workflow.correct_log(entry, text="Restarted C", actor=olivia)
    workflow.correct_log(correction, text="Restarted C", actor=olivia)


def test_by_page_and_by_api(client: Client, olivia: User, checkout: Service) -> None:
    client.force_login(olivia)
    door = "/api/v1/log-entries/"

    page = client.post("/operate/log/write/", {"text": "One", "service": checkout.pk})
    body = {"text": "Two", "service": "checkout"}
    api = client.post(door, body, content_type="application/json")
    assert (page.status_code, api.status_code) == (302, 201)
    assert set(LogEntry.objects.values_list("author", "service")) == {(olivia.pk, checkout.pk)}
    assert client.post("/operate/log/write/", {"text": ""}).status_code == 422
    assert client.post(door, {"text": ""}, content_type="application/json").status_code == 400
    future = {"text": "Soon", "happened_at": "2099-01-01T00:00"}
    assert client.post("/operate/log/write/", future).status_code == 422
    future["happened_at"] += ":00Z"
    assert client.post(door, future, content_type="application/json").status_code == 409

    one, two = LogEntry.objects.order_by("pk")
    fixed = client.post(f"/operate/log/{one.pk}/correct/", {"text": "Uno"})
    assert fixed.status_code == 302
    again = client.post(f"/operate/log/{one.pk}/correct/", {"text": "Uno"})
    assert again.status_code == 409
    api = client.post(
        f"{door}{two.pk}/correct/", {"text": "Due"}, content_type="application/json"
    )
    assert (api.status_code, api.json()["corrects"]) == (201, two.pk)
    shown = client.get("/operate/log/").content.decode()
    assert all(text in shown for text in ("One", "Uno", "Two", "Due"))


def test_late_lines_can_be_found(client: Client, vera: User) -> None:
    now = clock.now()
    workflow.write_log(text="In time", actor=None, now=now)
    workflow.write_log(text="Late", actor=None, happened_at=now - timedelta(hours=2), now=now)
    client.force_login(vera)

    late = client.get("/api/v1/log-entries/?is_late=true").json()["results"]
    in_time = client.get("/api/v1/log-entries/?is_late=false").json()["results"]

    assert ([row["text"] for row in late], [row["text"] for row in in_time]) == (
        ["Late"],
        ["In time"],
    )
    assert late[0]["is_late"] is True


@pytest.mark.parametrize(("name", "status"), [("ana", 201), ("vera", 403), ("otto", 404)])
def test_who_writes(
    client: Client, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    api = client.post("/api/v1/log-entries/", {"text": "x"}, content_type="application/json")
    page = client.post("/operate/log/write/", {"text": "x"})
    assert (api.status_code, page.status_code) == (status, 302 if status == 201 else status)
