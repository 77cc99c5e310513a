"""How a person is reached: chains, quiet hours, the delivery log, who is out of reach."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from portal import clock, notify, outbox, reach
from portal.errors import DomainError
from portal.models import (
    ContactMethod,
    Event,
    Notification,
    NotificationRule,
    SendState,
    Urgency,
    User,
)
from portal.workflow import contacts, people, reaching
from tests.make import make_person

NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def way(person: User, label: str, **fields: Any) -> ContactMethod:
    said: dict[str, Any] = {"for_high": False, "kind": "email"} | fields
    return contacts.add_contact(
        person,
        label=label,
        destination=f"{label.lower()}@example.com",
        actor=person,
        **said,
    )


def step(
    person: User, contact: ContactMethod | None, minutes: int, urgency: str = "high"
) -> NotificationRule:
    return reaching.add_rule(
        person, urgency=urgency, contact=contact, after_minutes=minutes, actor=person
    )


def page(person: User, **fields: Any) -> list[Notification]:
    said: dict[str, Any] = {"key": "a", "urgency": Urgency.HIGH, "kind": "page"}
    return notify.notify(person, **(said | {"subject": "P1", "body": "x"} | fields))


class TestTheChain:
    def test_begins_as_mail_to_the_address_of_the_sign_in(self, olivia: User) -> None:
        for urgency in Urgency:
            [only] = reach.ways(olivia, urgency)
            assert (only.contact, only.after) == (None, timedelta(0))
            assert (only.masked, only.is_verified) == ("o…@example.com", False)

    def test_runs_in_order_and_may_use_a_way_twice(self, olivia: User) -> None:
        phone, desk = way(olivia, "Phone"), way(olivia, "Desk")
        for contact, minutes in ((phone, 5), (desk, 2), (phone, 0), (None, 9)):
            step(olivia, contact, minutes)

        chain = reach.ways(olivia, Urgency.HIGH)
        assert [(w.label, w.after_minutes) for w in chain] == [
            ("Phone", 0),
            ("Desk", 2),
            ("Phone", 5),
            ("Sign-in address", 9),
        ]
        assert [w.label for w in reach.ways(olivia, Urgency.LOW)] == ["Sign-in address"]

    def test_goes_on_until_somebody_acknowledges(self, olivia: User) -> None:
        phone = way(olivia, "Phone")
        for minutes in (0, 5, 10):
            step(olivia, phone, minutes)
        page(olivia, topic="incident:7")
        outbox.send_due(clock.now())
        outbox.send_due(clock.now() + timedelta(minutes=6))
        assert len(mail.outbox) == 2

        assert notify.cancel("incident:7") == 1
        outbox.send_due(clock.now() + timedelta(minutes=20))
        assert len(mail.outbox) == 2

    def test_is_what_is_owed_even_when_it_changes_later(self, olivia: User) -> None:
        first = page(olivia)
        step(olivia, way(olivia, "Phone"), 3)

        assert page(olivia) == first

    @given(minutes=st.lists(st.integers(0, 1440), min_size=1, max_size=20, unique=True))
    def test_due_times_are_the_minutes_of_the_steps(self, minutes: list[int]) -> None:
        person = User(pk=1, email="o@example.com", name="O", time_zone="UTC")
        chain = [reach.way_by(person, None, timedelta(minutes=m)) for m in sorted(minutes)]
        due = [reach.not_in_quiet_hours(person, Urgency.HIGH, NIGHT + w.after) for w in chain]

        assert due == sorted(due)
        assert [int((at - NIGHT).total_seconds() // 60) for at in due] == sorted(minutes)

    def test_with_nothing_but_broken_ways_uses_the_sign_in_too(self, olivia: User) -> None:
        phone = way(olivia, "Phone", for_high=True)
        contacts.note_broken(phone, "no answer")

        assert [w.label for w in reach.ways(olivia, Urgency.HIGH)] == [
            "Sign-in address",
            "Phone",
        ]

    def test_of_many_people_costs_one_question(
        self, olivia: User, django_assert_num_queries: Any
    ) -> None:
        many = [make_person(f"Person {n}") for n in range(20)]
        for person in many:
            way(person, "Phone", for_high=True)
        with django_assert_num_queries(1):
            chains = reach.ways_of([*many, olivia], Urgency.HIGH)
        assert {len(chain) for chain in chains.values()} == {1}


class TestRules:
    """The steps are edited on the page and through the API, alike."""

    def test_are_added_moved_and_removed(self, client: Client, olivia: User) -> None:
        phone = way(olivia, "Phone")
        client.force_login(olivia)
        said = {"urgency": "high", "after_minutes": 2, "contact": phone.pk}

        added = client.post("/me/notifications/rules/new/", said)
        api = client.post(
            "/api/v1/notification-rules/", said | {"after_minutes": 4}, "application/json"
        )
        assert (added.status_code, api.status_code) == (302, 201)
        shown = client.get("/me/notifications/").content.decode()
        assert "after 2 min" in shown
        assert "after 4 min" in shown

        first = NotificationRule.objects.get(after_minutes=2)
        door = f"/me/notifications/rules/{first.pk}/"
        moved = {"after_minutes": 7, "contact": phone.pk}
        assert client.post(door, moved).status_code == 302
        door_api = f"/api/v1/notification-rules/{api.json()['id']}/"
        assert (
            client.patch(door_api, {"after_minutes": 9}, "application/json").json()[
                "after_minutes"
            ]
            == 9
        )
        assert [w.after_minutes for w in reach.ways(olivia, Urgency.HIGH)] == [7, 9]

        assert client.post(f"{door}remove/").status_code == 302
        assert client.delete(door_api).status_code == 204
        assert not NotificationRule.objects.exists()
        kinds = set(Event.objects.filter(kind__startswith="contact.rule").values_list("kind"))
        assert len(kinds) == 3

    def test_once_for_a_way_and_a_minute(self, client: Client, olivia: User) -> None:
        phone = way(olivia, "Phone")
        step(olivia, phone, 2)
        step(olivia, None, 2)
        client.force_login(olivia)

        for contact in (phone.pk, ""):
            said = {"urgency": "high", "after_minutes": 2, "contact": contact}
            wrong = client.post("/me/notifications/rules/new/", said)
            assert wrong.status_code == 422
            assert "used at this minute already" in wrong.content.decode()
        api = {"urgency": "high", "after_minutes": 2, "contact": phone.pk}
        answer = client.post("/api/v1/notification-rules/", api, "application/json")
        assert answer.status_code == 400

    def test_lead_to_one_s_own_ways_only(self, client: Client, olivia: User, ana: User) -> None:
        hers = way(ana, "Phone")
        client.force_login(olivia)
        said = {"urgency": "high", "after_minutes": 0, "contact": hers.pk}

        page = client.post("/me/notifications/rules/new/", said)
        api = client.post("/api/v1/notification-rules/", said, "application/json")
        assert (page.status_code, api.status_code) == (422, 400)
        with pytest.raises(ValidationError):
            step(olivia, hers, 0)

    def test_of_another_are_not_there(self, client: Client, olivia: User, ana: User) -> None:
        rule = step(olivia, None, 3)
        client.force_login(ana)

        for door in (f"/me/notifications/rules/{rule.pk}/remove/",):
            assert client.post(door).status_code == 404
        assert client.delete(f"/api/v1/notification-rules/{rule.pk}/").status_code == 404

    def test_are_twenty_at_most(self, olivia: User) -> None:
        for minutes in range(reaching.MOST_RULES):
            step(olivia, None, minutes)
        with pytest.raises(DomainError) as refused:
            step(olivia, None, 100)
        assert [refusal.code for refusal in refused.value.refusals] == ["too_many_rules"]

    def test_what_was_typed_stays_on_the_page(self, client: Client, olivia: User) -> None:
        rule = step(olivia, None, 3)
        client.force_login(olivia)

        wrong = client.post(f"/me/notifications/rules/{rule.pk}/", {"after_minutes": "99999"})
        assert wrong.status_code == 422
        assert 'value="99999"' in wrong.content.decode()


class TestQuietHours:
    def quiet(self, start: time | None, end: time | None, zone: str = "UTC") -> User:
        return User(
            pk=1, email="o@example.com", time_zone=zone, quiet_from=start, quiet_until=end
        )

    @pytest.mark.parametrize(
        ("at", "leaves"),
        [
            ("21:59", "21:59"),
            ("22:00", "07:00 next"),
            ("23:30", "07:00 next"),
            ("06:59", "07:00"),
            ("07:00", "07:00"),
            ("12:00", "12:00"),
        ],
    )
    def test_hold_what_can_wait_until_morning(self, at: str, leaves: str) -> None:
        person = self.quiet(time(22), time(7))
        due = datetime.combine(NIGHT, time.fromisoformat(at), tzinfo=UTC)
        expected = datetime.combine(NIGHT, time.fromisoformat(leaves[:5]), tzinfo=UTC)
        expected += timedelta(days=leaves.endswith("next"))

        assert reach.not_in_quiet_hours(person, Urgency.LOW, due) == expected
        assert reach.not_in_quiet_hours(person, Urgency.HIGH, due) == due

    def test_count_in_the_person_s_own_zone(self) -> None:
        person = self.quiet(time(22), time(7), "America/New_York")
        late = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 23:00 there

        held = reach.not_in_quiet_hours(person, Urgency.LOW, late)
        assert held.astimezone(ZoneInfo(person.time_zone)).time() == time(7)

    @given(
        minutes=st.integers(0, 2 * 365 * 24 * 60),
        start=st.times(),
        end=st.times(),
        zone=st.sampled_from(
            ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata"]
        ),
    )
    def test_never_bring_forward_and_hold_for_a_day_at_most(
        self, minutes: int, start: time, end: time, zone: str
    ) -> None:
        due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        held = reach.not_in_quiet_hours(self.quiet(start, end, zone), Urgency.LOW, due)

        assert due <= held <= due + timedelta(hours=26)

    def test_are_set_and_ended_by_page_and_api(self, client: Client, olivia: User) -> None:
        client.force_login(olivia)
        both = {"quiet_from": "22:00", "quiet_until": "07:00"}

        assert client.post("/me/notifications/quiet-hours/", both).status_code == 302
        olivia.refresh_from_db()
        assert olivia.quiet_from == time(22)
        half = client.post("/me/notifications/quiet-hours/", {"quiet_from": "22:00"})
        assert half.status_code == 422
        assert "Give both ends, or neither." in half.content.decode()
        ended = client.patch(
            "/api/v1/reach/", {"quiet_from": None, "quiet_until": None}, "application/json"
        )
        assert (ended.status_code, ended.json()["quiet_from"]) == (200, None)

    def test_hold_a_report_and_let_a_page_through(self, olivia: User) -> None:
        reaching.set_quiet_hours(
            olivia, quiet_from=time(0), quiet_until=time(23, 59, 59), actor=olivia
        )
        olivia.refresh_from_db()
        notify.notify(
            olivia, key="r", urgency=Urgency.LOW, kind="report", subject="Week", body="x"
        )
        page(olivia)
        outbox.send_due(clock.now())

        assert [message.subject for message in mail.outbox] == ["P1"]
        assert Notification.objects.get(kind="report").state == SendState.DUE


class TestWhoIsOutOfReach:
    def codes(self, person: User) -> list[str]:
        return [reason.code for reason in reach.why_unreachable(person, Urgency.HIGH)]

    def test_says_why_until_a_way_is_proved(self, olivia: User) -> None:
        assert self.codes(olivia) == ["no_way"]
        phone = way(olivia, "Phone", for_high=True)
        assert self.codes(olivia) == ["none_verified"]
        ContactMethod.objects.update(verified_at=clock.now())
        assert self.codes(olivia) == []
        contacts.note_broken(phone, "no answer")
        assert self.codes(olivia) == ["all_broken"]

    def test_who_left_is(self, olivia: User, ada: User) -> None:
        people.deactivate(olivia, actor=ada)
        olivia.refresh_from_db()
        assert self.codes(olivia) == ["left"]

    def test_what_can_wait_reaches_everybody(self, olivia: User) -> None:
        assert reach.why_unreachable(olivia, Urgency.LOW) == []


class TestTheDeliveryLog:
    """Everything that was sent to a person: for them, their managers and administrators."""

    def test_shows_way_times_attempts_and_errors(
        self, client: Client, olivia: User, max: User, ana: User
    ) -> None:
        way(olivia, "Phone", for_high=True)
        page(olivia, subject="P1 Checkout", due_at=clock.now() - timedelta(minutes=3))
        outbox.send_due(clock.now())
        door = f"/people/{olivia.pk}/deliveries/"

        for person in (olivia, max):
            client.force_login(person)
            shown = client.get(door).content.decode()
            assert "P1 Checkout" in shown
            assert "Phone" in shown
            assert "180 s" in shown
            [row] = client.get(f"/api/v1/delivery-log/?person={olivia.pk}").json()["results"]
            assert (row["subject"], row["contact"]) == ("P1 Checkout", "Phone")
            assert row["late_seconds"] >= 180
            assert "body" not in row
        client.force_login(ana)
        assert client.get(door).status_code == 403
        assert client.get("/api/v1/delivery-log/").json()["results"] == []

    def test_is_filtered_and_taken_along(self, client: Client, olivia: User) -> None:
        page(olivia)
        outbox.send_due(clock.now())
        page(olivia, key="b", subject="=cmd()", due_at=clock.now() + timedelta(hours=1))
        client.force_login(olivia)
        door = f"/people/{olivia.pk}/deliveries/"

        due = client.get(f"{door}?state=due").context["page"].rows
        assert [row.subject for row in due] == ["=cmd()"]
        file = client.get(f"{door}export.csv?state=due")
        text = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
        assert text.splitlines()[0].startswith("id,urgency,priority,kind,subject,way")
        assert "'=cmd()" in text
        assert "P1" not in text

    def test_costs_the_same_for_few_and_many(self, client: Client, olivia: User) -> None:
        client.force_login(olivia)
        door = f"/people/{olivia.pk}/deliveries/"
        way(olivia, "Phone", for_high=True)

        def cost() -> int:
            client.get(door)
            with CaptureQueriesContext(connection) as asked:
                client.get(door)
            return len(asked)

        page(olivia)
        few = cost()
        for n in range(40):
            page(olivia, key=str(n))
        assert cost() == few
