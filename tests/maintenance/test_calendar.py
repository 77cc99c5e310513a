"""The calendar of changes: what stands on which day, by whose clock, and how it is moved."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from maintenance import change_calendar, workflow
from maintenance.change_calendar import Entry, days_of, lay_out
from maintenance.models import MaintenanceRequest, RequestState
from maintenance.timing import Span
from portal.models import Service, Team, User
from tests.maintenance.make import (
    approved_request,
    make_change_window,
    make_freeze,
    make_request,
    make_window,
    own_queries,
)
from tests.make import make_service

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)  # a Monday
TEN = datetime(2026, 12, 3, 22, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def at_ten(**fields: Any) -> dict[str, Any]:
    return {"planned_start": TEN, "planned_end": TEN + HOUR, **fields}


def page_of(client: Client, query: str = "") -> str:
    answer = client.get(f"/change/calendar/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_changes_windows_freezes_and_permitted_times_stand_on_their_days(
    client: Client, checkout: Service, olivia: User, manager: User, ada: User, view: str
) -> None:
    approved_request(checkout, olivia, manager, title="Reindex", **at_ten())
    make_window(checkout, olivia, title="Announced work")
    workflow.approve_freeze(make_freeze(checkout, manager, name="Year end"), actor=ada)
    make_change_window(checkout, name="Nights")
    client.force_login(olivia)
    page = page_of(client, f"?view={view}&day=2026-12-01")
    for words in ("Reindex", "23:00<", "Announced work", "Year end", "Nights", "UTC"):
        assert words in page


def test_days_are_those_of_the_reader(client: Client, checkout: Service, olivia: User) -> None:
    late = TEN + HOUR  # after midnight in Berlin
    make_request(checkout, olivia, planned_start=late, planned_end=late + HOUR)
    olivia.time_zone = "Europe/Berlin"
    olivia.changed_by = None
    olivia.save()
    client.force_login(olivia)
    agenda = page_of(client, "?view=agenda&day=2026-12-04")
    assert "Friday 4 December 2026" in agenda
    assert "01:00<" in agenda
    assert "your clock, Europe/Berlin" in agenda


def test_it_is_filtered_by_team_service_and_state(
    client: Client, checkout: Service, platform: Team, olivia: User, ana: User
) -> None:
    mail = make_service("Mail", team=platform)
    make_request(checkout, olivia, title="Pay", **at_ten())
    make_request(mail, ana, title="Post", other_services=[checkout], **at_ten())
    gone = make_request(checkout, olivia, title="Given up", **at_ten())
    workflow.withdraw(gone, actor=olivia)
    client.force_login(olivia)

    def titles(query: str) -> set[str]:
        page = page_of(client, f"?view=agenda&day=2026-12-01{query}")
        return {title for title in ("Pay", "Post", "Given up") if f" {title}<" in page}

    assert titles("") == {"Pay", "Post"}
    assert titles("&team=platform") == {"Post"}
    assert titles("&service=checkout") == {"Pay", "Post"}
    assert titles("&service=mail") == {"Post"}
    assert titles("&state=withdrawn") == {"Given up"}
    assert titles("&state=nonsense") == set()


def test_a_day_or_a_view_that_is_none_shows_this_month(client: Client, vera: User) -> None:
    client.force_login(vera)
    for query in ("?day=soon", "?day=2026-02-31", "?day=0001-01-01", "?view=year"):
        assert "November 2026" in page_of(client, query)
    assert "Nothing is planned here" in page_of(client)


def test_only_what_the_reader_may_plan_can_be_moved(
    client: Client, checkout: Service, olivia: User, vera: User, ana: User
) -> None:
    request = make_request(checkout, olivia, **at_ten())
    address = f"/change/requests/{request.pk}/times/move/"
    for person, may in [(olivia, True), (ana, False), (vera, False)]:
        client.force_login(person)
        assert (address in page_of(client, "?day=2026-12-01")) == may
    assert client.get(address).status_code == 403


def test_moving_shows_what_is_in_the_way_and_says_that_it_is_another_plan(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    first = approved_request(checkout, olivia, manager, title="Reindex", **at_ten())
    eight = TEN - 14 * HOUR
    request = approved_request(
        checkout, olivia, manager, planned_start=eight, planned_end=eight + 2 * HOUR
    )
    client.force_login(olivia)
    address = f"/change/requests/{request.pk}/times/move/"

    taken = client.get(f"{address}?start=2026-12-03T21:00").content.decode()
    assert first.number in taken
    assert "is taken" in taken
    assert "Another time is another plan" in taken
    assert 'value="2026-12-03T23:00"' in taken
    free = client.get(f"{address}?start=2026-12-04T21:00").content.decode()
    assert "Nothing stands in its way then." in free

    said = {
        "planned_start": "2026-12-04T21:00",
        "planned_end": "2026-12-04T23:00",
        "seen": request.plan_digest,
    }
    backwards = client.post(address, {**said, "planned_end": "2026-12-04T20:00"})
    assert backwards.status_code == 422
    stale = client.post(address, {**said, "seen": "another"})
    assert stale.status_code == 409
    page = stale.content.decode()
    assert "Nothing was saved." in page
    assert f'value="{request.plan_digest}"' in page
    assert "disabled" not in page.partition("Plan it then")[0].rpartition("<button")[2]
    assert client.post(address, said).status_code == 302
    request.refresh_from_db()
    assert request.planned_start == datetime(2026, 12, 4, 21, tzinfo=UTC)
    assert request.state != RequestState.APPROVED


def test_a_request_without_a_time_is_given_one_there(
    client: Client, checkout: Service, olivia: User
) -> None:
    request = make_request(checkout, olivia)
    client.force_login(olivia)
    page = client.get(f"/change/requests/{request.pk}/times/move/").content.decode()
    assert "Plan it then" in page
    assert "In the way" not in page
    assert "Another time is another plan" not in page


@pytest.mark.parametrize("view", ["month", "week", "agenda"])
def test_its_queries_do_not_grow(
    client: Client, checkout: Service, olivia: User, manager: User, view: str
) -> None:
    client.force_login(olivia)
    door = f"/change/calendar/?view={view}&day=2026-12-01"

    def furnish() -> None:
        make_request(checkout, olivia, **at_ten())
        make_window(checkout)
        make_change_window(checkout, name=f"Nights {MaintenanceRequest.objects.count()}")
        make_freeze(checkout, manager)

    furnish()
    asked = own_queries(client, door)
    for _number in range(20):
        furnish()
    assert own_queries(client, door) == asked


def entry(start: datetime, end: datetime) -> Entry:
    return Entry("request", "Work", "/", Span(start, end), {}, ())


def test_what_is_longer_stands_on_every_day_that_it_touches() -> None:
    begins = datetime(2026, 12, 1, 21, tzinfo=UTC)  # 22:00 in Berlin
    days = lay_out(
        days_of("week", date(2026, 12, 1)),
        [entry(begins, begins + 26 * HOUR)],  # to midnight of the day after next
        zone=BERLIN,
        today=date(2026, 12, 1),
    )
    parts = {day.date.day: day.parts for day in days if day.parts}
    assert list(parts) == [1, 2]
    assert (str(parts[1][0].begins), parts[1][0].ends) == ("22:00:00", None)
    assert (parts[2][0].begins, parts[2][0].ends) == (None, None)
    assert [part.is_first for day in parts.values() for part in day] == [True, False]


def test_a_week_knows_the_quarters_of_its_days() -> None:
    begins = datetime(2026, 12, 1, 12, tzinfo=UTC)
    days = lay_out(
        days_of("week", date(2026, 12, 1)),
        [entry(begins, begins + HOUR), entry(begins - 24 * HOUR, begins - 11 * HOUR)],
        zone=ZoneInfo("UTC"),
        today=date(2026, 12, 1),
    )
    assert [len(quarter) for quarter in days[1].quarters] == [1, 0, 1, 0]
    assert change_calendar.PARTS == 4
