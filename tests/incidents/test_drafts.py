"""Four eyes and scheduled posts: nobody lets out what they wrote, and one decision counts."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.db.models import F
from django.test import Client

from incidents import workflow
from incidents.access import people_at_work_on
from incidents.models import DraftState, Incident, StatusUpdate, UpdateDraft
from operations.models import Severity
from portal import clock, reactions
from portal.errors import DomainError
from portal.models import Notification, SendState, Team, Urgency, User
from portal.notify import inbox_of
from tests.incidents.doors import DOORS, api, ask, signed_in_as
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service
from tests.make import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
WORDS: dict[str, Any] = {"phase": "identified", "text": "A cable."}


@pytest.fixture
def incident(payments: Team) -> Incident:
    return make_incident(make_shown_service("Shop", team=payments, is_public=True))


@pytest.fixture
def four_eyes(db: None) -> None:
    workflow.change_page_settings(needs_approval=True, actor=None)


def decide(door: str, person: User, draft: UpdateDraft, verb: str, **said: str) -> int:
    desk = signed_in_as(person)
    if door == "page":
        path = f"/respond/status-page/updates/{draft.pk}/{verb}/"
        return desk.post(path, said).status_code
    return api(desk, f"/api/v1/status-drafts/{draft.pk}/{verb}/", said).status_code


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [each.code for each in refused.value.refusals]


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize("door", DOORS)
def test_a_second_person_lets_it_out(
    client: Client, incident: Incident, olivia: User, max: User, door: str
) -> None:
    assert ask(door, olivia, incident, "updates", **WORDS).status_code in {202, 302}
    assert not StatusUpdate.objects.exists()
    draft = UpdateDraft.objects.get()
    assert "A cable." not in client.get("/status/").content.decode()
    shown = signed_in_as(max).get("/respond/status-page/updates/").content.decode()
    assert "A cable." in shown

    assert decide(door, olivia, draft, "approve") == 409
    assert decide(door, max, draft, "approve") in {200, 302}
    assert decide(door, max, draft, "approve") == 409
    update = StatusUpdate.objects.get()
    assert update.author == olivia
    assert "A cable." in client.get("/status/").content.decode()


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize("door", DOORS)
def test_who_does_not_let_it_out_says_why(
    incident: Incident, olivia: User, max: User, door: str
) -> None:
    draft = workflow.submit_update(incident, **WORDS, actor=olivia)
    assert isinstance(draft, UpdateDraft)
    assert decide(door, max, draft, "reject") in {400, 422}
    assert decide(door, max, draft, "reject", reason="Wrong cable") in {200, 302}
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == (DraftState.REJECTED, "Wrong cable")
    assert not StatusUpdate.objects.exists()


@pytest.mark.usefixtures("four_eyes")
def test_a_p0_is_told_at_once_and_looked_at_afterwards(
    incident: Incident, olivia: User, max: User
) -> None:
    workflow.change_severity(incident, severity=Severity.P0, actor=olivia)
    assert isinstance(workflow.submit_update(incident, **WORDS, actor=olivia), StatusUpdate)
    draft = UpdateDraft.objects.open().get()
    with pytest.raises(DomainError) as refused:
        workflow.note_seen(draft, actor=olivia)
    assert codes(refused) == ["own_draft"]
    workflow.note_seen(draft, actor=max)
    assert not UpdateDraft.objects.open().exists()
    with pytest.raises(DomainError) as refused:
        workflow.note_seen(draft, actor=max)
    assert codes(refused) == ["nothing_to_see"]


def test_what_is_scheduled_goes_out_at_its_moment_and_says_both_times(
    client: Client, incident: Incident, olivia: User
) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        later = NOW + timedelta(hours=1)
        answer = ask("api", olivia, incident, "updates", **WORDS, publish_at=later)
        assert answer.status_code == 202
        assert workflow.publish_due(clock.now()) == 0
        at.shift(timedelta(hours=1))
        assert workflow.publish_due(clock.now()) == 1
        assert workflow.publish_due(clock.now()) == 0
        shown = client.get("/status/").content.decode()
        assert "10 Nov, 13:00 UTC" in shown
        assert "(written before, at 10 Nov, 12:00 UTC)" in shown


def test_the_page_s_one_field_means_then_or_later(incident: Incident, olivia: User) -> None:
    with time_machine.travel(NOW, tick=False):
        for hour in ("09:00", "23:00"):
            said = {**WORDS, "at": f"2026-11-10T{hour}"}
            assert ask("page", olivia, incident, "updates", **said).status_code == 302
        assert StatusUpdate.objects.get().is_backdated
        assert UpdateDraft.objects.get().state == DraftState.SCHEDULED


def test_what_cannot_go_out_any_more_is_kept_in_and_says_why(
    incident: Incident, olivia: User
) -> None:
    later = clock.now() + timedelta(hours=1)
    draft = workflow.submit_update(incident, **WORDS, publish_at=later, actor=olivia)
    workflow.resolve(incident, summary="Done", actor=olivia)
    workflow.close(incident, actor=olivia)
    with time_machine.travel(later + timedelta(seconds=1)):
        assert workflow.publish_due(clock.now()) == 1
    assert not StatusUpdate.objects.exists()
    draft.refresh_from_db()
    assert isinstance(draft, UpdateDraft)
    assert draft.state == DraftState.WITHDRAWN
    assert "closed" in draft.reason


def test_it_can_be_taken_back_and_not_scheduled_for_the_past(
    incident: Incident, olivia: User
) -> None:
    later = clock.now() + timedelta(hours=1)
    draft = workflow.submit_update(incident, **WORDS, publish_at=later, actor=olivia)
    assert isinstance(draft, UpdateDraft)
    workflow.withdraw_draft(draft, actor=olivia)
    with pytest.raises(DomainError) as refused:
        workflow.withdraw_draft(draft, actor=olivia)
    assert codes(refused) == ["not_open"]
    with pytest.raises(DomainError) as refused:
        workflow.submit_update(incident, **WORDS, publish_at=NOW, actor=olivia)
    assert codes(refused) == ["scheduled_in_the_past"]


@pytest.mark.usefixtures("four_eyes")
def test_nobody_can_be_both_in_the_database(
    incident: Incident, olivia: User, max: User
) -> None:
    draft = workflow.submit_update(incident, **WORDS, actor=olivia)
    assert isinstance(draft, UpdateDraft)
    workflow.approve_draft(draft, actor=max)
    with pytest.raises(IntegrityError, match="draft_decided_by_somebody_else"):
        UpdateDraft.objects.update(decided_by=F("author"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("four_eyes")
def test_of_two_who_decide_at_once_one_wins(
    incident: Incident, olivia: User, max: User, ada: User
) -> None:
    draft = workflow.submit_update(incident, **WORDS, actor=olivia)
    assert isinstance(draft, UpdateDraft)
    barrier, refused = Barrier(2), []

    def approve(person: User) -> None:
        barrier.wait()
        try:
            workflow.approve_draft(draft, actor=person)
        except DomainError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [Thread(target=approve, args=(person,)) for person in (max, ada)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert StatusUpdate.objects.count() == 1


def told(person: User) -> list[tuple[str, str]]:
    """The kinds and subjects in somebody's inbox."""
    reactions.react_to_all_due(clock.now())
    rows = inbox_of(person).filter(topic__startswith="draft:")
    return [(each.kind, each.subject) for each in rows]


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize(
    ("verb", "said", "heard"),
    [
        ("approve", {}, "Let out"),
        ("reject", {"reason": "Wrong cable"}, "Not let out"),
        ("withdraw", {}, "Taken back"),
    ],
)
def test_those_who_may_decide_are_asked_and_asked_no_more(
    incident: Incident,
    olivia: User,
    max: User,
    ana: User,
    ada: User,
    verb: str,
    said: dict[str, str],
    heard: str,
) -> None:
    draft = workflow.submit_update(incident, **WORDS, actor=olivia)
    assert isinstance(draft, UpdateDraft)
    asked = [("approval", f"To let out: {incident.number}")]
    assert [told(each) for each in (max, olivia, ana, ada)] == [asked, [], [], []]
    message = Notification.objects.get(person=max)
    assert (message.urgency, message.url) == (Urgency.LOW, draft.get_absolute_url())
    before = draft.state
    assert signed_in_as(max).get(message.url).status_code == 200
    draft.refresh_from_db()
    assert draft.state == before

    assert decide("page", max, draft, verb, **said) == 302
    assert told(max) == []
    assert told(olivia) == [("decision", f"{heard}: your update on {incident.number}")]
    assert not Notification.objects.filter(kind="approval", state=SendState.DUE).exists()
    if said:
        assert said["reason"] in Notification.objects.get(person=olivia).body


@pytest.mark.usefixtures("four_eyes")
def test_where_nobody_else_is_left_administrators_are_asked(
    incident: Incident, olivia: User, ada: User
) -> None:
    workflow.submit_update(incident, **WORDS, actor=olivia)
    assert told(ada) == [("approval", f"To let out: {incident.number}")]


@pytest.mark.usefixtures("four_eyes")
def test_a_p0_told_at_once_is_brought_before_a_second_person(
    incident: Incident, olivia: User, max: User
) -> None:
    workflow.change_severity(incident, severity=Severity.P0, actor=olivia)
    workflow.submit_update(incident, **WORDS, actor=olivia)
    assert told(max) == [("approval", f"Look at what went out: {incident.number}")]
    workflow.note_seen(UpdateDraft.objects.get(), actor=max)
    assert (told(max), told(olivia)) == ([], [])


def test_what_waits_for_nobody_asks_nobody(incident: Incident, olivia: User, max: User) -> None:
    later = clock.now() + timedelta(hours=1)
    workflow.submit_update(incident, **WORDS, publish_at=later, actor=olivia)
    workflow.submit_update(incident, **WORDS, actor=olivia)
    assert told(max) == []


def test_of_a_private_one_only_they_are_asked_who_see_it(
    incident: Incident, payments: Team, olivia: User, max: User
) -> None:
    paul = make_person("Paul", team=payments)
    assert people_at_work_on(incident, without=olivia) == [max, paul]
    workflow.set_private(incident, is_private=True, reason="Security", actor=olivia)
    incident.refresh_from_db()
    assert people_at_work_on(incident, without=olivia) == [max]
    assert people_at_work_on(incident) == [max, olivia]
