"""What people write into the timeline: both times, corrections, strikes and pins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from incidents import workflow
from incidents.models import EntryKind, Incident, PinnedEvent, TimelineNote, Visibility
from portal import clock, events
from portal.errors import DomainError
from portal.models import Event, Picture, Service, User
from portal.workflow.pictures import keep_picture
from tests.incidents.doors import api, ask, signed_in_as
from tests.incidents.make import make_incident
from tests.make import png

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout)


@pytest.fixture
def note(incident: Incident, olivia: User) -> TimelineNote:
    return workflow.add_note(incident, text="A cable", actor=olivia)


def page_of(person: User, incident: Incident) -> str:
    return signed_in_as(person).get(f"/respond/{incident.pk}/").content.decode()


def code_of(refused: Any) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


@pytest.mark.parametrize("door", ["page", "api"])
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"text": "It began with the release"}, "note"),
        ({"text": "We roll back", "kind": "decision"}, "decision"),
        ({"url": "https://grafana.example/d/1", "kind": "link"}, "link"),
        ({"text": "Look", "url": "https://grafana.example/d/1"}, "note"),
    ],
)
def test_entries_of_each_kind_through_each_door(
    incident: Incident, olivia: User, door: str, said: dict[str, Any], kind: str
) -> None:
    then = clock.now() - timedelta(hours=2)
    when = then.strftime("%Y-%m-%dT%H:%M") if door == "page" else then.isoformat()
    answer = ask(door, olivia, incident, "notes", happened_at=when, **said)

    assert answer.status_code in {201, 302}, answer.content
    note = TimelineNote.objects.get()
    assert (note.kind, note.author, note.is_backdated) == (kind, olivia, True)
    assert note.recorded_at - note.happened_at > timedelta(hours=1)
    shown = page_of(olivia, incident)
    assert said.get("text", said.get("url", "")) in shown
    assert "written down" in shown  # the second time stands beside the first


@pytest.mark.parametrize("door", ["page", "api"])
@pytest.mark.parametrize(
    "said",
    [
        {"text": "  "},
        {"kind": "link", "text": "Look there"},
        {"kind": "image", "text": "x"},
        {"text": "x" * 4001},
        {"text": "x", "happened_at": "2099-01-01T10:00"},
        {"text": "x", "url": "javascript:alert(1)"},
        {"text": "x", "visibility": "public"},
    ],
)
def test_what_cannot_be_an_entry_is_refused(
    incident: Incident, olivia: User, door: str, said: dict[str, Any]
) -> None:
    answer = ask(door, olivia, incident, "notes", **said)

    assert answer.status_code in {400, 409, 422}
    assert not TimelineNote.objects.exists()


def test_a_picture_comes_with_the_form_and_survives_a_mistake(
    incident: Incident, olivia: User, vera: User, otto: User
) -> None:
    client = signed_in_as(olivia)
    url = f"/respond/{incident.pk}/notes/"
    file = SimpleUploadedFile("graph.png", png())
    answer = client.post(url, {"file": file, "happened_at": "2099-01-01T10:00"})
    assert answer.status_code == 422
    kept = Picture.objects.get()
    assert f'value="{kept.name}"' in answer.content.decode()

    assert client.post(url, {"kept": kept.name}).status_code == 302
    note = TimelineNote.objects.get()
    assert (note.kind, note.picture) == (EntryKind.IMAGE, kept)
    address = kept.get_absolute_url()
    assert address in page_of(vera, incident)
    assert signed_in_as(vera).get(address).status_code == 200
    assert signed_in_as(otto).get(address).status_code == 404

    workflow.remove_note(note, because="It shows a key", actor=olivia)
    assert signed_in_as(olivia).get(address).status_code == 404
    assert address not in page_of(olivia, incident)


def test_programs_send_the_picture_first(incident: Incident, olivia: User, max: User) -> None:
    theirs = keep_picture(png(), actor=max)
    answer = ask("api", olivia, incident, "notes", picture=theirs.name)
    assert answer.status_code == 400

    mine = keep_picture(png(9), actor=olivia)
    answer = ask("api", olivia, incident, "notes", picture=mine.name)
    assert answer.status_code == 201
    assert answer.json()["picture"]["name"] == mine.name  # type: ignore[attr-defined]
    answer = ask("api", olivia, incident, "notes", picture=mine.name)
    assert answer.status_code == 400  # it belongs to the first one


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_edit_keeps_the_old_words(
    note: TimelineNote, olivia: User, max: User, door: str
) -> None:
    said = {"text": "Two cables", "version": 1}
    client = signed_in_as(max)
    if door == "page":
        answer = client.post(f"/respond/{note.incident_id}/notes/{note.pk}/", said)
        assert answer.status_code == 302
    else:
        url = f"/api/v1/timeline-entries/{note.pk}/"
        answer = client.patch(url, said, content_type="application/json")
        assert answer.status_code == 200

    note.refresh_from_db()
    assert (note.text, note.version, note.edited_by, note.author) == (
        "Two cables",
        2,
        max,
        olivia,
    )
    seconds = note.happened_at.second, note.happened_at.microsecond
    assert seconds == (note.recorded_at.second, note.recorded_at.microsecond)
    past = client.get(f"/history/incidents.timelinenote/{note.pk}/").content.decode()
    assert "A cable" in past
    assert "Max" in past
    shown = page_of(olivia, note.incident)
    assert "Two cables" in shown
    assert f"/history/incidents.timelinenote/{note.pk}/" in shown
    assert Event.objects.filter(kind="incident.note_edited", actor=max).count() == 1


def test_who_edits_what_they_have_not_read_is_told(
    note: TimelineNote, olivia: User, max: User
) -> None:
    workflow.edit_note(note, version=1, text="Two cables", actor=max)
    url = f"/respond/{note.incident_id}/notes/{note.pk}/"
    answer = signed_in_as(olivia).post(url, {"text": "My long words", "version": 1})

    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "My long words" in shown
    assert "Max has changed this entry" in shown


@pytest.mark.django_db(transaction=True)
def test_of_many_edits_at_once_one_wins(note: TimelineNote, olivia: User) -> None:
    def edit(number: int) -> str:
        try:
            workflow.edit_note(note, version=1, text=f"Cable {number}", actor=olivia)
        except DomainError as refused:
            return refused.refusals[0].code
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(edit, range(4)))
    assert answers == ["edited_meanwhile"] * 3 + ["won"]


@pytest.mark.parametrize("door", ["page", "api"])
def test_what_is_removed_stays_struck(note: TimelineNote, olivia: User, door: str) -> None:
    client = signed_in_as(olivia)
    path = (
        f"/respond/{note.incident_id}/notes/{note.pk}/remove/"
        if door == "page"
        else f"/api/v1/timeline-entries/{note.pk}/remove/"
    )
    workflow.pin_note(note, is_pinned=True, actor=olivia)
    assert client.post(path, {"because": ""}, **_as(door)).status_code in {400, 422}
    answer = client.post(path, {"because": "Wrong incident"}, **_as(door))
    assert answer.status_code in {200, 302}

    note.refresh_from_db()
    assert not note.is_pinned
    shown = page_of(olivia, note.incident)
    assert "<s>" in shown
    assert "A cable" in shown
    assert "Wrong incident" in shown
    again: list[Callable[[], object]] = [
        lambda: workflow.remove_note(note, because="x", actor=olivia),
        lambda: workflow.edit_note(note, version=1, text="x", actor=olivia),
        lambda: workflow.pin_note(note, is_pinned=True, actor=olivia),
    ]
    for verb in again:
        with pytest.raises(DomainError) as refused:
            verb()
        assert code_of(refused) == ["note_removed"]


def _as(door: str) -> dict[str, Any]:
    return {"content_type": "application/json"} if door == "api" else {}


def test_some_entries_are_for_those_who_work_on_it(
    incident: Incident, olivia: User, vera: User, ana: User
) -> None:
    note = workflow.add_note(
        incident, text="The customer is Acme", visibility=Visibility.WORKERS, actor=olivia
    )
    assert "Acme" in page_of(olivia, incident)
    for stranger in (vera, ana):
        client = signed_in_as(stranger)
        assert "Acme" not in page_of(stranger, incident)
        for path in (
            f"/history/incidents.timelinenote/{note.pk}/",
            f"/api/v1/timeline-entries/{note.pk}/",
        ):
            assert client.get(path).status_code == 404
        listed = api(client, "/api/v1/timeline-entries/").json()  # type: ignore[attr-defined]
        assert listed["results"] == []
        told = api(client, f"/api/v1/incidents/{incident.pk}/timeline/")
        assert "Acme" not in told.content.decode()
    mine = api(signed_in_as(olivia), "/api/v1/timeline-entries/").json()  # type: ignore[attr-defined]
    assert [row["id"] for row in mine["results"]] == [note.pk]


def test_pins_are_put_and_taken_and_twice_is_as_once(
    note: TimelineNote, incident: Incident, olivia: User
) -> None:
    client = signed_in_as(olivia)
    opened = events.about(incident).get(kind="incident.opened")
    for path in (f"notes/{note.pk}", f"events/{opened.pk}"):
        for verb in ("pin", "pin", "unpin", "unpin", "pin"):
            answer = client.post(f"/respond/{incident.pk}/{path}/{verb}/")
            assert answer.status_code == 302
    note.refresh_from_db()
    assert note.is_pinned
    assert [pin.event_id for pin in PinnedEvent.objects.all()] == [opened.pk]
    assert page_of(olivia, incident).count("timeline-pin") >= 2

    other = make_incident(incident.service)
    strange = events.about(other).get(kind="incident.opened")
    answer = client.post(f"/respond/{incident.pk}/events/{strange.pk}/pin/")
    assert answer.status_code == 404
