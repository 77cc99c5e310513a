"""Load on pages and in the API: whose numbers are whose, and what stands behind each."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from operations import load_teams, loads, workflow
from operations.load.buckets import PersonalClock
from operations.load.periods import period_of
from operations.load_pages import PAY
from operations.models import (
    LoadLook,
    PaceWarning,
    PastShift,
    PlannedShift,
    Schedule,
    WarningKind,
    WeeklyHours,
)
from operations.pace_panels import load_of_my_teams, my_warnings
from portal import clock
from portal.models import Event, Notification, SendState, Team, TeamRole, Urgency, User
from portal.timeline import visible_events
from tests.make import make_person
from tests.operations.make import make_schedule
from tests.operations.shifts import react

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
JSON = "application/json"


def monday(weeks_ago: int) -> datetime:
    """Midnight, by UTC, of a Monday some weeks ago."""
    today = clock.now().date()
    day = today - timedelta(days=today.weekday(), weeks=weeks_ago)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def was_on_call(
    schedule: Schedule, start: datetime, hours: float, *people: User, source: str = "layer:1"
) -> None:
    PastShift.objects.create(
        schedule=schedule,
        starts_at=start,
        ends_at=start + hours * HOUR,
        people=[person.pk for person in people],
        source=source,
        slot=f"{start}",
    )


def paged(
    person: User, at: datetime, *, topic: str = "incident:7", lane: str = "apprise:twilio"
) -> Notification:
    return Notification.objects.create(
        person=person,
        urgency=Urgency.HIGH,
        lane=lane,
        kind="page",
        subject="P1 Checkout is down",
        body="",
        topic=topic,
        occasion=f"{person.pk} {at} {topic}",
        idempotency_key=f"{person.pk} {at} {lane} {topic}",
        state=SendState.SENT,
        sent_at=at,
        wanted_at=at,
    )


@pytest.fixture
def schedule(payments: Team, olivia: User) -> Schedule:
    made = make_schedule(payments, olivia)
    PastShift.objects.all().delete()  # each test says what was
    PlannedShift.objects.all().delete()
    return made


@pytest.fixture
def team(payments: Team, olivia: User, max: User) -> list[User]:
    """Four who could be on call; Max manages them."""
    others = [make_person(name, team=payments) for name in ("Pia", "Quinn", "Rosa")]
    return [olivia, *others]


def week(weeks_ago: int = 1) -> str:
    return f"?period=week&day={monday(weeks_ago):%Y-%m-%d}"


def figures(client: Client, query: str) -> dict[str, dict[str, Any]]:
    answer = client.get(f"/api/v1/load/{query}").json()
    return {figure["key"]: figure for figure in answer["figures"]}


class TestOwnLoad:
    def test_every_number_opens_its_intervals(
        self, client: Client, schedule: Schedule, olivia: User
    ) -> None:
        was_on_call(schedule, monday(1), 12, olivia)
        was_on_call(schedule, monday(1) + 12 * HOUR, 2, olivia, source="override:3")
        paged(olivia, monday(1) + 3 * HOUR)
        paged(olivia, monday(1) + 9 * HOUR, lane="email:mail.example.com")
        client.force_login(olivia)

        found = figures(client, week())
        assert found["on_call"]["value"] == 14
        assert found["by_override"]["value"] == 2
        assert found["sleep"]["value"] == 8
        assert found["interruptions"]["value"] == found["nights"]["value"] == 1
        for figure in found.values():
            if figure["unit"] == "h" and figure["key"] != "week_hours":
                assert figure["value"] == sum(line["hours"] for line in figure["lines"])
            page = client.get(f"/operate/pace/figures/{figure['key']}/{week()}")
            assert len(page.context["lines"]) == len(figure["lines"])
        page = client.get(f"/operate/pace/{week()}")
        assert f"/operate/pace/figures/on_call/{week()}".replace("&", "&amp;") in page.text
        assert client.get(f"/operate/pace/figures/nonsense/{week()}").status_code == 404

    def test_the_file_for_pay_has_these_fields(
        self, client: Client, schedule: Schedule, olivia: User
    ) -> None:
        was_on_call(schedule, monday(1), 24, olivia)
        client.force_login(olivia)
        answer = client.get(f"/operate/pace/export.csv{week()}")
        (line,) = csv.DictReader(io.StringIO(answer.text))
        assert list(line) == PAY
        assert (line["person"], line["zone"], line["actual_h"]) == ("Olivia", "UTC", "24.00")
        parts = ["business_h", "off_h", "sleep_h", "holiday_h"]
        assert [line[part] for part in parts] == ["10.00", "4.00", "10.00", "0.00"]
        assert line["from"] == monday(1).isoformat()

    def test_what_was_planned_is_written_down_apart(
        self, schedule: Schedule, olivia: User, max: User
    ) -> None:
        now = clock.now()
        workflow.freeze(schedule, now=now)
        start = now + HOUR
        workflow.override(
            schedule, person=max, starts_at=start, ends_at=start + 2 * HOUR, actor=None
        )
        workflow.freeze(schedule, now=start + 3 * HOUR)
        workflow.freeze(schedule, now=start + 4 * HOUR)

        period = period_of("week", start.date())
        whole = loads.figures_of([olivia, max], period, now=start + 4 * HOUR)
        taken = min(start + 2 * HOUR, whole[max].span.ends_at) - start
        assert sum((s.length for s in whole[max].hours.by_override), timedelta(0)) == taken
        assert whole[max].planned == []
        assert list(PlannedShift.objects.filter(starts_at__gte=start)) == []

    def test_an_empty_time_says_so(self, client: Client, vera: User) -> None:
        client.force_login(vera)
        page = client.get("/operate/pace/?period=nonsense&day=tomorrow")
        assert page.status_code == 200
        assert "Nothing in this time" in page.text

    @pytest.mark.parametrize("count", [1, 40])
    def test_it_costs_the_same_with_many_rows(
        self,
        client: Client,
        schedule: Schedule,
        olivia: User,
        count: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        for number in range(count):
            was_on_call(schedule, monday(1) + number * HOUR, 1, olivia)
            paged(olivia, monday(1) + number * HOUR, topic=f"incident:{number}")
        client.force_login(olivia)
        with django_assert_max_num_queries(24):
            client.get(f"/operate/pace/{week()}")
        with django_assert_max_num_queries(12):
            client.get(f"/api/v1/load/{week()}")


class TestWeeklyHours:
    def test_one_enters_and_corrects_ones_own(
        self, client: Client, olivia: User, ada: User
    ) -> None:
        client.force_login(olivia)
        body = {"monday": f"{monday(1) + 2 * DAY:%Y-%m-%d}", "hours": "42", "operational": "20"}
        assert client.post("/operate/pace/hours/", body).status_code == 302
        said = {"monday": f"{monday(1):%Y-%m-%d}", "hours": "44.5"}
        assert client.post("/api/v1/weekly-hours/", said, JSON).status_code == 201
        row = WeeklyHours.objects.get()
        assert (row.hours, row.operational) == (Decimal("44.5"), None)
        shown = figures(client, week())["week_hours"]
        assert (shown["value"], shown["limit"], shown["is_over"]) == (44.5, 40, True)

        event = Event.objects.filter(kind="pace.hours_entered")
        assert visible_events(olivia, event).count() == 1
        assert visible_events(ada, event).count() == 0

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"monday": "2026-03-03", "hours": "40"}, "monday"),
            ({"monday": "2126-03-04", "hours": "40"}, "monday"),
            ({"monday": "2026-03-02", "hours": "169"}, "hours"),
            ({"monday": "2026-03-02", "hours": "10", "operational": "11"}, "non_field_errors"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, client: Client, olivia: User, body: dict[str, str], field: str
    ) -> None:
        client.force_login(olivia)
        answer = client.post("/api/v1/weekly-hours/", body, JSON)
        assert answer.status_code == 400, answer.text
        assert field in answer.text or "Operational work" in answer.text
        assert not WeeklyHours.objects.exists()


class TestTeam:
    def test_totals_and_balance_count_those_with_nothing(
        self, client: Client, schedule: Schedule, team: list[User], payments: Team
    ) -> None:
        period = period_of("week", clock.now().date())
        start = period.span(PersonalClock()).starts_at
        was_on_call(schedule, start, 0.01, team[0])
        load = load_teams.load_of(payments, period, now=clock.now())
        assert load.people == 4
        assert load.balance == 0
        assert load.overloaded == [team[0].pk]

        client.force_login(team[1])
        page = client.get(f"/operate/pace/teams/payments/{week(0)}")
        assert "Uneven" in page.text
        assert "Olivia" not in page.text.split('id="main"')[1]
        said = client.get(f"/api/v1/load/teams/payments/{week(0)}").json()
        assert (said["is_shown"], said["people"], said["balance"]) == (True, 4, 0)

    def test_few_people_are_not_shown(
        self, client: Client, schedule: Schedule, olivia: User
    ) -> None:
        client.force_login(olivia)
        page = client.get(f"/operate/pace/teams/payments/{week(0)}")
        assert "The totals of fewer than 4 people" in page.text
        said = client.get(f"/api/v1/load/teams/payments/{week(0)}").json()
        assert said["is_shown"] is False
        assert "hours" not in said

    def test_the_total_of_a_time_that_is_over_tells_nothing_of_who_leaves(
        self, schedule: Schedule, team: list[User], payments: Team, olivia: User
    ) -> None:
        long_after = clock.now() + 200 * DAY
        period = period_of("week", (clock.now() + 10 * DAY).date())
        before = load_teams.people_at_end([payments], period, now=long_after)
        olivia.is_active = False
        olivia.changed_by = None
        olivia._history_date = clock.now() + 60 * DAY  # type: ignore[attr-defined]
        olivia.save()
        assert load_teams.people_at_end([payments], period, now=long_after) == before
        later = period_of("week", (clock.now() + 90 * DAY).date())
        after = load_teams.people_at_end([payments], later, now=long_after)
        assert before[payments.pk] - after[payments.pk] == {olivia.pk}

    @pytest.mark.parametrize("more", [0, 12])
    def test_it_costs_the_same_with_many_people(
        self,
        client: Client,
        schedule: Schedule,
        team: list[User],
        payments: Team,
        more: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        for number in range(more):
            make_person(f"Person {number}", team=payments)
        client.force_login(team[0])
        with django_assert_max_num_queries(28):
            client.get("/operate/pace/teams/payments/")
        with django_assert_max_num_queries(18):
            assert load_of_my_teams(team[0], None) is not None


class TestLook:
    def test_a_manager_says_why_and_each_of_them_can_read_it(
        self, client: Client, schedule: Schedule, team: list[User], max: User, ana: User
    ) -> None:
        was_on_call(schedule, monday(0), 0.01, team[0])
        paged(team[0], monday(0))
        client.force_login(max)
        body = {"period": "week", "day": f"{monday(0):%Y-%m-%d}"}
        assert client.post("/operate/pace/teams/payments/", body).status_code == 422
        body |= {"purpose": "Pay for this week"}
        answer = client.post("/operate/pace/teams/payments/", body)
        look = LoadLook.objects.get()
        assert answer.headers["Location"] == look.get_absolute_url()
        page = client.get(look.get_absolute_url())
        assert "Olivia" in page.text
        assert "Rosa" in page.text
        lines = client.get(f"{look.get_absolute_url()}{team[0].pk}/interruptions/").text
        assert "P1 Checkout" not in lines
        hidden = f"{look.get_absolute_url()}{team[0].pk}/week_hours/"
        assert client.get(hidden).status_code == 404
        said = client.get(f"/api/v1/load-looks/{look.pk}/people/").json()
        assert {each["person"]["name"] for each in said} == {person.name for person in team}
        assert "P1 Checkout" not in str(said)
        assert client.get(f"{look.get_absolute_url()}export.csv").text.count("\r\n") == 5
        assert Event.objects.filter(kind="pace.exported").count() == 1

        client.force_login(team[0])
        assert "Pay for this week" in client.get("/operate/pace/").text
        assert len(client.get("/api/v1/load-looks/").json()["results"]) == 1
        looked = Event.objects.filter(kind="pace.looked")
        assert visible_events(team[0], looked).count() == 1
        assert visible_events(ana, looked).count() == 0

    def test_it_is_over_after_a_day(
        self, client: Client, schedule: Schedule, max: User, payments: Team
    ) -> None:
        period = period_of("week", clock.now().date())
        look = workflow.look_at_load(
            payments, period=period, purpose="Spread the load", actor=max
        )
        LoadLook.objects.update(ends_at=clock.now())
        client.force_login(max)
        assert client.get(look.get_absolute_url()).status_code == 409
        said = client.get(f"/api/v1/load-looks/{look.pk}/people/")
        assert said.json()["reasons"][0]["code"] == "look_is_over"


class TestWarnings:
    def test_the_person_first_then_the_managers_without_a_name(
        self, client: Client, schedule: Schedule, olivia: User, max: User, ana: User
    ) -> None:
        now = clock.now()
        night = now.replace(hour=2, minute=10) - 2 * DAY
        paged(olivia, night)
        assert workflow.look_for_warnings(now) == 1
        paged(olivia, night + HOUR)
        assert workflow.look_for_warnings(now + HOUR) == 0
        react()
        row = PaceWarning.objects.get()
        assert (row.kind, row.value) == (WarningKind.REST, 2)
        assert row.ends_at == night + 12 * HOUR
        (told,) = Notification.objects.exclude(kind="page")
        assert told.person == olivia
        assert my_warnings(olivia, None) is not None
        assert my_warnings(max, None) is None

        assert workflow.tell_managers_of_warnings(now + 2 * DAY) == 0
        assert workflow.tell_managers_of_warnings(now + 3 * DAY) == 1
        assert workflow.tell_managers_of_warnings(now + 3 * DAY) == 0
        react()
        (told,) = Notification.objects.filter(person=max)
        assert "Load in Payments" in told.subject
        assert "Olivia" not in told.subject + told.body
        warned = Event.objects.filter(kind__in=["pace.warned", "pace.unsettled"])
        assert visible_events(olivia, warned).count() == 2
        assert visible_events(max, warned).count() == visible_events(ana, warned).count() == 0

    def test_what_is_settled_is_not_told(
        self, client: Client, schedule: Schedule, olivia: User
    ) -> None:
        now = clock.now()
        paged(olivia, now.replace(hour=3) - DAY)
        workflow.look_for_warnings(now)
        row = PaceWarning.objects.get()
        client.force_login(olivia)
        assert "You were woken once" in client.get("/operate/pace/").text
        body = {"note": "Slept until noon"}
        client.post(f"/operate/pace/warnings/{row.pk}/settle/", body)
        assert workflow.tell_managers_of_warnings(now + 9 * DAY) == 0
        again = client.post(f"/api/v1/pace-warnings/{row.pk}/settle/", {}, JSON)
        assert again.json()["reasons"][0]["code"] == "is_settled"
        assert workflow.look_for_warnings(now) == 0

    def test_it_is_gone_when_it_does_not_hold_any_more(self, olivia: User) -> None:
        now = clock.now()
        row = workflow.set_weekly_hours(
            olivia, monday=monday(1).date(), hours=Decimal(60), actor=olivia
        )
        assert workflow.look_for_warnings(now) == 1
        assert PaceWarning.objects.open().get().kind == WarningKind.HOURS
        workflow.remove_weekly_hours(row, actor=olivia)
        workflow.look_for_warnings(now)
        assert not PaceWarning.objects.open().exists()

    def test_limits_are_those_of_the_settings(
        self, client: Client, schedule: Schedule, olivia: User, ada: User
    ) -> None:
        start = clock.now() - 2 * DAY
        was_on_call(schedule, start, 12, olivia)
        for number in range(3):
            paged(olivia, start + number * HOUR, topic=f"incident:{number}")
        for number in (1, 2, 3):
            was_on_call(schedule, monday(number) + 22 * HOUR, 145, olivia)
        client.force_login(ada)
        loose = {"incidents": 3, "weeks_running": 9, "on_call_percent": 100}
        answer = client.patch("/api/v1/pace-settings/", loose, content_type=JSON)
        assert answer.status_code == 200, answer.text
        wrong = {"warn_hours": 30}
        answer = client.patch("/api/v1/pace-settings/", wrong, content_type=JSON)
        assert answer.status_code == 400
        workflow.look_for_warnings(clock.now())
        assert not PaceWarning.objects.exists()
        workflow.change_pace_settings(
            actor=ada, incidents=2, weeks_running=2, on_call_percent=25
        )
        workflow.look_for_warnings(clock.now())
        kinds = set(PaceWarning.objects.values_list("kind", flat=True))
        assert kinds == {WarningKind.INCIDENTS, WarningKind.RUNNING, WarningKind.ON_CALL}


def test_holidays_are_those_of_the_persons_team(olivia: User, payments: Team) -> None:
    workflow.set_business_hours(
        team=payments, country="DE", subdivision="BE", time_zone="UTC", actor=None
    )
    known = loads.clocks_of([olivia])[olivia.pk]
    assert known.is_holiday(date(2026, 3, 8))
    assert not known.is_holiday(date(2026, 3, 9))


def test_managers_are_counted_where_they_rotate(
    payments: Team, olivia: User, max: User
) -> None:
    period = period_of("week", clock.now().date())
    found = load_teams.people_at_end([payments], period, now=clock.now())
    assert found[payments.pk] == {olivia.pk}
    make_schedule(payments, olivia, max)
    found = load_teams.people_at_end([payments], period, now=clock.now())
    assert found[payments.pk] == {olivia.pk, max.pk}
    assert TeamRole.MANAGER in {row.role for row in max.membership_set.all()}
