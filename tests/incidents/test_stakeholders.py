"""Stakeholders: who is told by which rule, by when, what was previewed, and what was missed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from incidents import workflow
from incidents.audience import audience, rule_for
from incidents.message_words import filled
from incidents.models import (
    CommunicationDeadline,
    CommunicationRule,
    DeadlineState,
    Incident,
    Medium,
    MessageTemplate,
    Stakeholder,
    StakeholderDelivery,
    StakeholderGroup,
)
from incidents.workflow import deadlines, stakeholder_letters
from operations.models import Severity
from portal import clock, reactions
from portal import seeds as targets
from portal.errors import TransitionNotAllowed
from portal.models import ContactMethod, Event, Notification, SendState, Service, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

DORA = "dora@example.net"
WORDS: dict[str, Any] = {
    "subject": "Checkout fails",
    "text": "We are on it.",
    "sms": "Checkout fails.",
}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[str, str]]:
    """An SMS service that keeps what it is given."""
    settings.SMS_URL = "twilio://SID:TOKEN@15551234567/{phone}"
    kept: list[tuple[str, str]] = []

    def send(destination: str, words: str) -> str:
        kept.append((destination, words))
        return ""

    monkeypatch.setattr("incidents.workflow.stakeholder_letters.send_short_message", send)
    return kept


def make_group(name: str = "Board", *severities: int, **fields: Any) -> StakeholderGroup:
    wanted = list(severities or (0, 1))
    return workflow.keep_stakeholder_group(name=name, severities=wanted, actor=None, **fields)


def make_dora(*groups: StakeholderGroup, **fields: Any) -> Stakeholder:
    fields = {"name": "Dora", "email": DORA, "phone": "+41791234567"} | fields
    return workflow.keep_stakeholder(groups=groups, actor=None, **fields)


def opened(service: Service, severity: int = Severity.P1) -> Incident:
    incident = make_incident(service, severity=severity)
    reactions.react_to_all_due(clock.now())
    return incident


def deliver() -> None:
    stakeholder_letters.send_due(clock.now())
    stakeholder_letters.desk.finish()


def codes(refused: Any) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


class TestRules:
    def test_they_are_the_references(self) -> None:
        rules = CommunicationRule.objects.filter(service=None).order_by("severity")
        assert list(rules.values_list("by_email", "by_sms", "within_minutes")) == [
            (True, True, 5),
            (True, False, 15),
            (False, False, None),
            (False, False, None),
        ]

    def test_a_service_may_have_its_own(self, checkout: Service, search: Service) -> None:
        workflow.keep_rule(
            severity=2, service=checkout, by_email=True, within_minutes=60, actor=None
        )
        assert rule_for(make_incident(checkout)).media == [Medium.EMAIL]
        assert rule_for(make_incident(search)).media == []

    def test_a_way_without_a_time_is_refused(self, checkout: Service) -> None:
        with pytest.raises(ValidationError):
            workflow.keep_rule(severity=2, service=checkout, by_email=True, actor=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            CommunicationRule.objects.filter(severity=2).update(by_email=True)

    def test_what_goes_out_by_itself_needs_nobody(self) -> None:
        template = MessageTemplate.objects.get(name="What we know now")
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.keep_rule(severity=0, service=None, template=template, actor=None)
        assert codes(refused) == ["needs_a_person"] * 2

    def test_the_house_keeps_one_for_each_severity(self) -> None:
        rule = CommunicationRule.objects.get(severity=0)
        with pytest.raises(TransitionNotAllowed):
            workflow.remove_rule(rule, actor=None)

    def test_its_history_names_who_changed_it(self, ada: User) -> None:
        workflow.keep_rule(severity=1, service=None, within_minutes=10, actor=ada)
        newest = CommunicationRule.objects.get(severity=1).history.latest()
        assert (newest.within_minutes, newest.history_user) == (10, ada)


class TestAudience:
    def test_two_groups_are_two_reasons_and_one_message(self, checkout: Service) -> None:
        make_dora(make_group("Board"), make_group("Care"))
        found = audience(make_incident(checkout, severity=0), [Medium.EMAIL])
        assert [(e.address, e.reasons) for e in found.reached] == [
            (DORA, ["group Board: P0", "group Care: P0"])
        ]

    def test_two_people_with_one_address_get_one(self, checkout: Service) -> None:
        group = make_group()
        make_dora(group)
        make_dora(group, name="Dora's desk", email=DORA.upper())
        found = audience(make_incident(checkout, severity=0), [Medium.EMAIL])
        assert found.by_email == 1

    def test_each_group_hears_of_its_own(self, checkout: Service, search: Service) -> None:
        make_dora(make_group("Search", 0, services=[search]))
        for incident in (
            make_incident(checkout, severity=0),
            make_incident(search, severity=1),
        ):
            found = audience(incident, [Medium.EMAIL])
            assert found.reached == []
            assert "No group asks" in found.gaps[0].why

    def test_members_are_reached_by_their_own_ways(
        self, checkout: Service, olivia: User, sent: list[Any]
    ) -> None:
        way = ContactMethod(
            person=olivia,
            kind="apprise",
            label="Phone",
            destination="twilio://A:B@1/15557654321",
            verified_at=clock.now(),
        )
        way.changed_by = None
        way.save()
        workflow.keep_stakeholder(person=olivia, groups=[make_group()], actor=None)
        found = audience(make_incident(checkout, severity=0), list(Medium))
        assert {e.address for e in found.reached} == {olivia.email, way.destination}

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"email": ""}, "No e-mail address"),
            ({"phone": ""}, "No mobile number"),
            ({}, "No SMS service is set up"),
        ],
    )
    def test_who_cannot_be_told_is_named(
        self, checkout: Service, fields: dict[str, str], why: str
    ) -> None:
        make_dora(make_group(), **fields)
        found = audience(make_incident(checkout, severity=0), list(Medium))
        assert any(why in gap.why for gap in found.gaps)

    def test_an_empty_group_is_a_gap(self, checkout: Service) -> None:
        make_group("Empty")
        found = audience(make_incident(checkout, severity=0), [Medium.EMAIL])
        assert [gap.name for gap in found.gaps] == ["Empty"]

    def test_queries_do_not_grow(
        self, checkout: Service, django_assert_max_num_queries: Any
    ) -> None:
        group = make_group()
        for number in range(60):
            make_dora(group, name=f"D{number}", email=f"d{number}@example.net")
        incident = make_incident(checkout, severity=0)
        with django_assert_max_num_queries(6):
            assert audience(incident, list(Medium)).by_email == 60


class TestTelling:
    def tell(self, incident: Incident, **fields: Any) -> Any:
        seen = workflow.preview(incident).digest
        fields = {**WORDS, "seen": seen, "actor": None} | fields
        return workflow.tell_stakeholders(incident, **fields)

    def test_mail_and_sms_leave_once(self, checkout: Service, sent: list[Any]) -> None:
        make_dora(make_group())
        incident = make_incident(checkout, severity=0)
        message = self.tell(incident)
        deliver()
        deliver()
        [letter] = mail.outbox
        assert (letter.to, letter.subject) == ([DORA], "Checkout fails")
        assert sent == [("twilio://SID:TOKEN@15551234567/+41791234567", "Checkout fails.")]
        assert {row.state for row in message.deliveries.all()} == {SendState.SENT}

    def test_what_changed_since_the_preview_is_not_sent(self, checkout: Service) -> None:
        group = make_group()
        make_dora(group)
        incident = make_incident(checkout, severity=1)
        seen = workflow.preview(incident).digest
        make_dora(group, name="Emil", email="emil@example.net")
        with pytest.raises(TransitionNotAllowed) as refused:
            self.tell(incident, seen=seen)
        assert codes(refused) == ["audience_changed"]
        assert not StakeholderDelivery.objects.exists()

    @pytest.mark.parametrize("severity", [Severity.P2, Severity.P3])
    def test_p2_and_p3_are_for_the_status_page(self, checkout: Service, severity: int) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            self.tell(make_incident(checkout, severity=severity))
        assert codes(refused) == ["status_page_only"]

    def test_an_unfilled_placeholder_is_refused(self, checkout: Service) -> None:
        make_dora(make_group())
        incident = make_incident(checkout, severity=1)
        template = MessageTemplate.objects.get(name="What we know now")
        with pytest.raises(TransitionNotAllowed) as refused:
            self.tell(incident, text=filled(template.text, incident), template=template)
        assert codes(refused) == ["placeholder_left"] * 2
        self.tell(incident, text="Brackets [1] of one's own may stay", template=template)

    def test_words_of_an_incident_are_not_read_for_placeholders(
        self, checkout: Service
    ) -> None:
        incident = make_incident(checkout, severity=1, title="[link] [severity]")
        assert filled("[title]", incident) == "[link] [severity]"

    def test_gaps_are_kept_with_the_message(self, checkout: Service) -> None:
        make_dora(make_group(), phone="")
        message = self.tell(make_incident(checkout, severity=0))
        assert [gap["why"] for gap in message.gaps] == ["No mobile number is known."]

    def test_both_doors_say_who_gets_what(
        self, checkout: Service, olivia: User, vera: User, sent: list[Any]
    ) -> None:
        make_dora(make_group())
        incident = opened(checkout, Severity.P1)
        url = f"/respond/{incident.pk}/tell/"
        client = signed_in_as(olivia)
        shown = client.post(url, WORDS)
        assert shown.status_code == 200
        words = shown.content.decode()
        assert DORA in words
        assert "group Board: P1" in words
        seen = shown.context["audience"].digest
        assert not StakeholderDelivery.objects.exists()
        assert client.post(url, {**WORDS, "send": "1", "seen": "old"}).status_code == 409
        assert client.post(url, {**WORDS, "send": "1", "seen": seen}).status_code == 302
        path = f"/api/v1/incidents/{incident.pk}/"
        assert api(client, f"{path}messages/", {**WORDS, "seen": seen}).status_code == 201
        answer: Any = api(signed_in_as(vera), f"{path}messages/")
        [delivery] = answer.json()[0]["deliveries"]
        assert delivery["address"] == "d…@example.net"
        room = signed_in_as(vera).get(incident.get_absolute_url()).content.decode()
        assert "told the stakeholders (1 by e-mail, 0 by SMS)" in room

    def test_nothing_typed_is_lost(self, checkout: Service, olivia: User) -> None:
        incident = make_incident(checkout, severity=1)
        answer = signed_in_as(olivia).post(
            f"/respond/{incident.pk}/tell/", {"subject": "", "text": "Long words"}
        )
        assert answer.status_code == 422
        assert "Long words" in answer.content.decode()


class TestByItself:
    def test_a_p0_tells_at_once(self, checkout: Service, sent: list[Any]) -> None:
        make_dora(make_group())
        incident = opened(checkout, Severity.P0)
        deliver()
        assert len(mail.outbox) == len(sent) == 1
        assert "Checkout is slow" in mail.outbox[0].body
        assert deadlines_of(incident) == [DeadlineState.MET]

    def test_no_p1_does(self, checkout: Service) -> None:
        make_dora(make_group())
        opened(checkout, Severity.P1)
        deliver()
        assert mail.outbox == []

    def test_twice_is_once(self, checkout: Service) -> None:
        make_dora(make_group())
        incident = opened(checkout, Severity.P0)
        workflow.change_severity(incident, severity=1, actor=None)
        workflow.change_severity(incident, severity=0, actor=None)
        reactions.react_to_all_due(clock.now())
        assert incident.messages.count() == 1

    def test_where_it_reaches_nobody_nobody_was_told(
        self, checkout: Service, olivia: User
    ) -> None:
        incident = opened(checkout, Severity.P0)
        assert not incident.messages.exists()
        assert not Event.objects.filter(kind="incident.stakeholders_told").exists()
        make_dora(make_group())
        workflow.resolve(incident, summary="Rolled back", actor=olivia)
        reactions.react_to_all_due(clock.now())
        assert not incident.messages.exists()


def deadlines_of(incident: Incident) -> list[str]:
    rows = CommunicationDeadline.objects.filter(incident=incident).order_by("pk")
    return list(rows.values_list("state", flat=True))


class TestDeadlines:
    @pytest.fixture(autouse=True)
    def _somebody_cares(self, db: None, playbook: None) -> None:
        workflow.keep_rule(severity=0, service=None, template=None, actor=None)
        make_dora(make_group())

    def later(self, minutes: float) -> Any:
        return time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False)

    @pytest.mark.parametrize(("severity", "minutes"), [(0, 5), (1, 15)])
    def test_it_counts_from_detection(
        self, checkout: Service, severity: int, minutes: int
    ) -> None:
        incident = opened(checkout, severity)
        due = CommunicationDeadline.objects.get().due_at
        assert due - incident.detected_at == timedelta(minutes=minutes)

    def test_where_nobody_is_to_be_told_there_is_none(self, checkout: Service) -> None:
        opened(checkout, Severity.P2)
        for group in StakeholderGroup.objects.all():
            workflow.remove_stakeholder_group(group, actor=None)
        opened(checkout, Severity.P0)
        assert not CommunicationDeadline.objects.exists()

    def test_whoever_writes_is_reminded_then_told_then_the_managers(
        self, checkout: Service, olivia: User, manager: User
    ) -> None:
        incident = opened(checkout, Severity.P1)
        incident.commander = incident.changed_by = olivia
        incident.save(update_fields=["commander"])
        Notification.objects.all().delete()
        for minutes, people in ((12.1, [olivia]), (15, [olivia]), (20.1, [manager])):
            with self.later(minutes):
                deadlines.watch_due(clock.now())
                told = Notification.objects.filter(kind="reminder", in_inbox=True)
                assert [row.person for row in told.order_by("pk")][-1:] == people
        kinds = Event.objects.filter(kind__startswith="incident.communication")
        assert list(kinds.order_by("pk").values_list("kind", flat=True)) == [
            "incident.communication_missed",
            "incident.communication_escalated",
        ]
        assert deadlines_of(incident) == [DeadlineState.BREACHED]

    def test_told_late_is_told_and_late(self, checkout: Service) -> None:
        incident = opened(checkout, Severity.P1)
        with self.later(16):
            deadlines.watch_due(clock.now())
            workflow.tell_stakeholders(incident, **WORDS, seen=None, actor=None)
        assert deadlines_of(incident) == [DeadlineState.LATE]

    def test_told_in_time_reminds_nobody(self, checkout: Service) -> None:
        incident = opened(checkout, Severity.P1)
        workflow.tell_stakeholders(incident, **WORDS, seen=None, actor=None)
        with self.later(60):
            assert deadlines.watch_due(clock.now()) == 0
        assert deadlines_of(incident) == [DeadlineState.MET]

    def test_a_graver_severity_asks_from_the_same_start(self, checkout: Service) -> None:
        incident = opened(checkout, Severity.P1)
        with self.later(10):
            workflow.change_severity(incident, severity=0, actor=None)
            reactions.react_to_all_due(clock.now())
            deadlines.watch_due(clock.now())
        assert deadlines_of(incident) == [DeadlineState.REPLACED, DeadlineState.BREACHED]

    def test_what_is_over_asks_nothing(self, checkout: Service, olivia: User) -> None:
        incident = opened(checkout, Severity.P1)
        workflow.resolve(incident, actor=olivia, summary="Gone")
        reactions.react_to_all_due(clock.now())
        assert deadlines_of(incident) == [DeadlineState.NOT_NEEDED]

    def test_working_it_out_twice_changes_nothing(self, checkout: Service) -> None:
        incident = opened(checkout, Severity.P1)
        first = CommunicationDeadline.objects.get()
        assert deadlines.work_out(incident) == first

    def test_missed_ones_stand_where_people_look(
        self, checkout: Service, vera: User, ada: User
    ) -> None:
        targets.seed()
        incident = opened(checkout, Severity.P1)
        with self.later(16):
            deadlines.watch_due(clock.now())
            for url in ("/respond/stakeholders/", f"{incident.get_absolute_url()}desk/"):
                client = signed_in_as(vera)
                assert "Missed, nobody was told yet" in client.get(url).content.decode()
            improve = signed_in_as(ada).get("/improve/").content.decode()
            assert "stakeholders told in time" in improve.lower()


class TestPeople:
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": " "}, "name"),
            ({"email": "nobody"}, "email"),
            ({"email": "a@b.ch\nBcc: c@d.ch"}, "email"),
            ({"phone": "0791234567"}, "phone"),
            ({"phone": "+41?to=1"}, "phone"),
        ],
    )
    def test_what_cannot_be_written_to_is_refused(
        self, fields: dict[str, str], field: str
    ) -> None:
        with pytest.raises(ValidationError) as refused:
            make_dora(**fields)
        assert field in refused.value.message_dict

    def test_erasing_leaves_nothing_of_the_person(self, checkout: Service, ada: User) -> None:
        dora = make_dora(make_group())
        incident = make_incident(checkout, severity=1)
        message = workflow.tell_stakeholders(incident, **WORDS, seen=None, actor=None)
        deliver()
        workflow.erase_stakeholder(dora, actor=ada)
        row = message.deliveries.get()
        assert (row.address, row.stakeholder, row.name) == ("", None, "Somebody erased")
        assert not Stakeholder.history.filter(id=dora.pk).exists()

    def test_versions_keep_no_address(self) -> None:
        fields = {field.name for field in Stakeholder.history.model._meta.fields}
        assert not fields & {"email", "phone"}

    def test_who_only_looks_sees_no_address(self, vera: User, olivia: User) -> None:
        make_dora(make_group())
        seen = {
            person: signed_in_as(person).get("/respond/stakeholders/").content.decode()
            for person in (vera, olivia)
        }
        assert DORA in seen[olivia]
        assert DORA not in seen[vera]
        assert "+41791234567" not in seen[vera]

    def test_the_page_costs_the_same_for_sixty(
        self, client: Client, vera: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(vera)
        group = make_group()
        for number in range(60):
            make_dora(group, name=f"D{number}", email=f"d{number}@example.net")
        with django_assert_max_num_queries(32):
            client.get("/respond/stakeholders/")
