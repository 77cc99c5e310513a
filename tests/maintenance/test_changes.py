"""What changed before something went wrong: found, ranked by time and nearness, explained."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.changes import Change, changes_before, weight_of
from maintenance.models import ChangeEvent
from portal import clock
from portal.dependencies import Upstream, upstream_of
from portal.models import Service, ServiceDependency, Team, User
from tests.maintenance.make import make_deployment, make_window
from tests.make import make_service


def needs(service: Service, other: Service) -> None:
    row = ServiceDependency(service=service, needs=other)
    row.changed_by = None
    row.save()


@pytest.fixture
def database(platform: Team) -> Service:
    return make_service("Orders database", team=platform)


def flag(service: Service, minutes: int, **fields: Any) -> ChangeEvent:
    fields = {"kind": "flag", "title": "Pay later is on", "external_id": str(minutes)} | fields
    at = clock.now() - timedelta(minutes=minutes)
    row, _is_new = workflow.record_change_event(
        service=service, happened_at=at, actor=None, **fields
    )
    return row


@pytest.mark.django_db
def test_near_in_time_and_near_in_the_catalogue_comes_first(
    checkout: Service, database: Service, platform: Team, olivia: User
) -> None:
    needs(checkout, database)
    stranger = make_service("Search", team=platform)
    now = clock.now()
    make_deployment(database, finished_at=now - timedelta(minutes=5), external_id="d1")
    flag(checkout, 10)
    flag(checkout, 300)
    flag(checkout, 25 * 60)
    flag(stranger, 1)
    make_window(database, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))

    found = changes_before(olivia, upstream_of([checkout]), now)

    told = [(row.change.kind, row.because) for row in found]
    assert told == [
        ("flag", "10 minutes before, in Checkout itself"),
        ("deployment", "5 minutes before, in Orders database, which Checkout needs"),
        ("calendar", "60 minutes before, in Orders database, which Checkout needs"),
        ("flag", "5 hours before, in Checkout itself"),
    ]


@pytest.mark.django_db
def test_a_circle_in_the_catalogue_ends(checkout: Service, database: Service) -> None:
    needs(checkout, database)
    needs(database, checkout)

    found = upstream_of([checkout])

    assert {each.service.name: each.distance for each in found.values()} == {
        "Checkout": 0,
        "Orders database": 1,
    }


@given(minutes=st.integers(0, 1440), later=st.integers(1, 600), steps=st.integers(0, 4))
def test_later_and_nearer_never_ranks_lower(minutes: int, later: int, steps: int) -> None:
    start = clock.now()
    path = tuple(str(number) for number in range(steps + 1))

    def weight(minutes: int, path: tuple[str, ...]) -> float:
        at = start - timedelta(minutes=minutes)
        near = Upstream(Service(name="x"), path)
        return weight_of(Change("flag", at, "", "", near, 1.0), start)

    assert weight(minutes, path) > weight(minutes + later, path)
    assert weight(minutes, path) > weight(minutes, (*path, "farther"))


@pytest.mark.django_db
def test_programs_tell_of_a_flag_once(checkout: Service, olivia: User, ana: User) -> None:
    said = {
        "service": "checkout",
        "kind": "flag",
        "title": "Pay later is on",
        "source": "flags",
        "external_id": "7",
    }
    client = Client()
    client.force_login(olivia)
    url = "/api/v1/change-events/"
    answers = [client.post(url, said, content_type="application/json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert ChangeEvent.objects.count() == 1
    assert "Pay later is on" in client.get("/change/other/").content.decode()
    bad = client.post(url, {**said, "url": "javascript:x"}, content_type="application/json")
    assert bad.status_code == 400

    client.force_login(ana)
    answer = client.post(url, said, content_type="application/json")
    assert answer.status_code == 403
