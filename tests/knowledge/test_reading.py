"""Who has read what, told to those who keep a document; and asking others to read it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from knowledge import workflow
from knowledge.models import Document, Reading, ReadingDuty, ReadingRequest, RevisionReading
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Team, User
from portal.reactions import react_to_all_due
from tests.knowledge.make import as_person, codes, make_document, make_published, newest
from tests.make import make_person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def document(payments: Team, max: User) -> Document:
    return make_published("Queue stuck", team=payments, actor=max)


def publish_newer(document: Document, actor: User) -> None:
    base = newest(document).number
    body = f"Words of {base + 1}\n"
    workflow.save_revision(document, base_number=base, title="T", body=body, actor=actor)
    workflow.publish(newest(document), actor=actor)
    document.refresh_from_db()


def read(document: Document, person: User, *, ago: timedelta = timedelta()) -> None:
    workflow.note_reading(newest(document), person=person, now=clock.now() - ago)


def ask(document: Document, *people: User, days: int = 3, **fields: Any) -> ReadingRequest:
    due_on = (clock.now() + days * DAY).date()
    return workflow.ask_to_read(newest(document), people=people, due_on=due_on, **fields)


def told(person: User) -> list[str]:
    react_to_all_due(clock.now())
    rows = Notification.objects.filter(person=person, in_inbox=True, kind="reminder")
    return list(rows.order_by("pk").values_list("subject", flat=True))


class TestHistory:
    def test_opening_it_is_counted_once_in_ten_minutes_and_delays_nobody(
        self, document: Document, ana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hints: list[tuple[Any, ...]] = []
        monkeypatch.setattr("knowledge.reading_page.later", lambda *hint: hints.append(hint))
        browser = as_person(ana)
        browser.get(document.get_absolute_url())
        read(document, ana)
        browser.get(document.get_absolute_url())
        revision = newest(document)
        assert hints == [("knowledge.note_reading", revision.pk, ana.pk)]

    def test_it_keeps_the_first_time_and_the_last(self, document: Document, ana: User) -> None:
        for minutes in (60, 55, 30, 25):
            read(document, ana, ago=timedelta(minutes=minutes))
        reading = RevisionReading.objects.get()
        assert reading.last_at - reading.first_at == pytest.approx(
            timedelta(minutes=30), abs=timedelta(seconds=5)
        )

    def test_only_who_may_change_it_sees_by_whom_it_was_read(
        self, document: Document, olivia: User, max: User, ana: User, vera: User
    ) -> None:
        for person in (ana, olivia):
            read(document, person)
        page = as_person(max).get(document.get_absolute_url()).content.decode()
        assert "Read by 1 of 2 of Payments" in page
        assert "2 people in all" in page
        readers = as_person(max).get(f"{document.get_absolute_url()}readers/")
        assert [row.person for row in readers.context["page"].rows] == [olivia, ana]
        assert readers.context["without"] == [max]
        for stranger in (ana, vera):
            shown = as_person(stranger).get(document.get_absolute_url()).content.decode()
            assert "in all" not in shown
            api = APIClient()
            api.force_authenticate(stranger)
            assert api.get(f"/api/v1/documents/{document.pk}/readers/").status_code == 403
        assert not Event.objects.filter(data__icontains="read").exists()

    def test_what_changed_since_one_read_it_is_offered(
        self, document: Document, ana: User, vera: User, max: User
    ) -> None:
        read(document, ana, ago=3 * DAY)
        publish_newer(document, max)
        publish_newer(document, max)
        page = as_person(ana).get(document.get_absolute_url()).content.decode()
        assert "Changed since you read it (revision 1, 3\xa0days ago)" in page
        assert "diff/?from=1&amp;to=3" in page
        read(document, ana)  # shown a while longer: the page may be opened again
        assert (
            "Changed since" in as_person(ana).get(document.get_absolute_url()).content.decode()
        )
        RevisionReading.objects.filter(revision=newest(document)).update(
            first_at=clock.now() - timedelta(minutes=20)
        )
        for person in (ana, vera):  # she has read it by now, and Vera never read another
            shown = as_person(person).get(document.get_absolute_url()).content.decode()
            assert "Changed since" not in shown


class TestAsking:
    def test_people_and_a_team_are_asked_told_and_say_that_they_have_read_it(
        self, document: Document, payments: Team, olivia: User, ana: User, max: User
    ) -> None:
        due_on = (clock.now() + 3 * DAY).date()
        sent = {"people": [ana.pk], "team": payments.pk, "due_on": due_on, "note": "New steps"}
        as_person(max).post(f"{document.get_absolute_url()}readers/ask/", sent)
        request = ReadingRequest.objects.get()
        assert {duty.person for duty in request.duties.all()} == {olivia, ana}  # not himself
        assert told(ana) == [f"Please read by {due_on:%-d %B %Y}: Queue stuck, revision 1"]
        browser = as_person(ana)
        for address in (document.get_absolute_url(), "/learn/new/", "/"):
            assert "Queue stuck" in browser.get(address).content.decode()
        duty = request.duties.get(person=ana)

        assert (
            as_person(olivia).post(f"/learn/reading/duties/{duty.pk}/confirm/").status_code
            == 404
        )
        browser.post(f"/learn/reading/duties/{duty.pk}/confirm/")

        duty.refresh_from_db()
        assert duty.confirmed_number == 1
        page = as_person(max).get(f"{document.get_absolute_url()}readers/").content.decode()
        assert "Has read revision 1" in page
        assert page.count("Not yet") == 1
        assert (
            "asks you to read" not in browser.get(document.get_absolute_url()).content.decode()
        )
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.confirm_reading(duty, actor=ana)
        assert codes(refused) == ["already_confirmed"]

    def test_nobody_is_asked_who_may_not_read_it_or_is_asked_already(
        self, document: Document, payments: Team, olivia: User, ana: User, otto: User, max: User
    ) -> None:
        ask(document, olivia, actor=max)
        space = document.space
        space.reading, space.team, space.changed_by = Reading.NAMED, payments, None
        space.save()
        with pytest.raises(TransitionNotAllowed) as refused:
            ask(document, olivia, ana, otto, max, days=-2, actor=max)
        assert codes(refused) == ["due_in_the_past", "nobody_to_ask"]
        with pytest.raises(TransitionNotAllowed) as refused:
            ask(make_document(team=payments), olivia, actor=max)
        assert codes(refused) == ["not_published"]

    def test_a_refusal_loses_nothing_that_was_typed(
        self, document: Document, ana: User, max: User
    ) -> None:
        sent = {"people": [ana.pk], "due_on": "2020-01-01", "note": "Because"}
        answer = as_person(max).post(f"{document.get_absolute_url()}readers/ask/", sent)
        assert answer.status_code == 409
        assert 'value="Because"' in answer.content.decode()
        assert "The day to read it by is over." in answer.content.decode()

    def test_reminders_come_until_it_is_read_or_taken_back(
        self, document: Document, olivia: User, ana: User, max: User
    ) -> None:
        request = ask(document, olivia, ana, days=3, actor=max)
        duty = request.duties.get(person=ana)
        assert duty.remind_at is not None
        before = duty.remind_at  # on the morning of the day before
        assert before.date() == (clock.now() + 2 * DAY).date()
        assert not workflow.remind_to_read(duty.pk, now=before - timedelta(minutes=1))
        assert workflow.remind_to_read(duty.pk, now=before)
        assert not workflow.remind_to_read(duty.pk, now=before)  # of two workers, one
        duty.refresh_from_db()
        assert duty.remind_at == before + DAY

        workflow.withdraw_reading(request, actor=max)
        assert not ReadingDuty.objects.owed().exists()
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.confirm_reading(duty, actor=ana)
        assert codes(refused) == ["reading_withdrawn"]

    def test_losing_access_ends_the_reminders(
        self, document: Document, payments: Team, ana: User, max: User
    ) -> None:
        duty = ask(document, ana, actor=max).duties.get()
        space = document.space
        space.reading, space.team, space.changed_by = Reading.NAMED, payments, None
        space.save()
        assert not workflow.remind_to_read(duty.pk, now=clock.now() + 30 * DAY)
        assert not ReadingDuty.objects.owed().exists()

    def test_the_api_does_the_same(
        self, document: Document, olivia: User, ana: User, max: User
    ) -> None:
        api = APIClient()
        api.force_authenticate(max)
        due_on = str((clock.now() + DAY).date())
        address = f"/api/v1/documents/{document.pk}/reading-requests/"
        made = api.post(address, {"people": [ana.pk], "due_on": due_on}, format="json")
        assert made.status_code == 201
        api.force_authenticate(ana)
        [duty] = api.get("/api/v1/reading-duties/").json()
        assert (duty["title"], duty["revision"], duty["due_on"]) == ("Queue stuck", 1, due_on)
        api.post(f"/api/v1/reading-duties/{duty['id']}/confirm/")
        assert api.get("/api/v1/reading-duties/").json() == []
        api.force_authenticate(max)
        [asked] = api.get(address).json()["results"]
        assert asked["duties"][0]["confirmed_number"] == 1
        [row] = api.get(f"/api/v1/documents/{document.pk}/readers/").json()["results"]
        assert (row["person"], row["revision"]) == ("Ana", 1)
        assert api.post(f"/api/v1/reading-requests/{asked['id']}/withdraw/").status_code == 204


def test_the_pages_ask_as_often_for_many_as_for_few(
    document: Document, payments: Team, max: User, ana: User
) -> None:
    def asked() -> int:
        browser = as_person(max)
        browser.get("/")
        with CaptureQueriesContext(connection) as queries:
            browser.get(document.get_absolute_url())
            browser.get(f"{document.get_absolute_url()}readers/")
        return len(queries)

    read(document, ana)
    ask(document, ana, actor=max)
    few = asked()
    crowd = [make_person(f"Person {n}", team=payments) for n in range(12)]
    for person in crowd:
        read(document, person)
    ask(document, *crowd, actor=max)
    assert asked() == few
