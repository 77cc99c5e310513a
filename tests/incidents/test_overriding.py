"""What people say against what is known: why is kept, it ends, and history is not redrawn."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import workflow
from incidents.models import (
    ComponentSpan,
    Impact,
    PageCopy,
    PublicImpact,
    StateOverride,
    StatusComponent,
)
from operations.models import Severity
from portal import clock
from portal.models import Event, Service, Team, User
from tests.incidents.doors import DOORS, api, ask, signed_in_as
from tests.incidents.make import make_incident
from tests.incidents.status import follow, make_component, make_shown_service
from tests.incidents.subscribers import many, subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


@pytest.fixture
def component(shop: Service) -> StatusComponent:
    return StatusComponent.objects.get(service=shop)


def override(door: str, person: User, component: StatusComponent, **said: Any) -> int:
    said = {
        "state": "operational",
        "reason": "The probe is wrong",
        "ends_at": (clock.now() + HOUR).isoformat(),
    } | said
    desk = signed_in_as(person)
    if door == "page":
        path = f"/respond/status-page/components/{component.pk}/state/"
        return desk.post(path, said).status_code
    return api(desk, f"/api/v1/status-components/{component.pk}/override/", said).status_code


def end(door: str, person: User, component: StatusComponent) -> int:
    desk = signed_in_as(person)
    if door == "page":
        path = f"/respond/status-page/components/{component.pk}/state/end/"
        return desk.post(path).status_code
    path = f"/api/v1/status-components/{component.pk}/end-override/"
    return api(desk, path, {}).status_code


def spans(component: StatusComponent) -> list[tuple[str, datetime, datetime | None]]:
    rows = ComponentSpan.objects.filter(component=component).order_by("started_at")
    return list(rows.values_list("state", "started_at", "ended_at"))


@pytest.mark.parametrize("door", DOORS)
def test_it_shows_what_a_person_says_until_its_end(
    client: Client,
    component: StatusComponent,
    shop: Service,
    olivia: User,
    ana: User,
    vera: User,
    door: str,
) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        StatusComponent.objects.update(known_since=NOW)
        make_incident(shop, severity=Severity.P0)
        follow()
        assert "Major outage" in client.get("/status/").content.decode()
        at.shift(HOUR)
        for stranger in (ana, vera):
            assert override(door, stranger, component) == 403
        assert override(door, olivia, component) in {200, 302}
        follow()
        shown = client.get("/status/").content.decode()
        assert "Major outage</" not in shown
        assert "The probe is wrong" not in shown
        inside = signed_in_as(olivia).get("/respond/status-page/").content.decode()
        assert "The probe is wrong" in inside
        assert Event.objects.get(kind="status_component.overridden").actor == olivia

        at.shift(2 * HOUR)
        follow()
        assert "Major outage" in client.get("/status/").content.decode()
        assert spans(component) == [
            ("major_outage", NOW, NOW + HOUR),
            ("operational", NOW + HOUR, NOW + 2 * HOUR),
            ("major_outage", NOW + 2 * HOUR, None),
        ]


@pytest.mark.parametrize("door", DOORS)
def test_it_is_ended_early_once_and_replaced_by_another(
    component: StatusComponent, olivia: User, door: str
) -> None:
    assert override(door, olivia, component, state="degraded_performance") in {200, 302}
    assert override(door, olivia, component, state="partial_outage") in {200, 302}
    first, second = StateOverride.objects.order_by("pk")
    assert (first.ended_at is None, second.ended_at is None) == (False, True)
    follow()
    assert ComponentSpan.objects.running().get().state == "partial_outage"
    assert end(door, olivia, component) in {200, 302}
    assert end(door, olivia, component) == 409
    follow()
    assert ComponentSpan.objects.running().get().state == "operational"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"state": "odd"},
        {"ends_at": "2026-01-01T00:00:00Z"},
        {"ends_at": "2036-01-01T00:00:00Z"},
    ],
)
def test_it_needs_a_reason_and_an_end_that_is_near(
    component: StatusComponent, olivia: User, door: str, wrong: dict[str, str]
) -> None:
    refused = {422} if door == "page" else {400, 409}
    assert override(door, olivia, component, **wrong) in refused
    assert not StateOverride.objects.exists()


def test_what_has_no_service_or_is_off_the_page(
    component: StatusComponent, ada: User, olivia: User
) -> None:
    board = make_component("Board")
    assert override("api", olivia, board) == 403
    assert override("api", ada, board) == 200
    workflow.retire_component(component, actor=ada)
    assert override("api", ada, component) == 409


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"state": "odd"}, "state_override_state_known"),
        ({"reason": ""}, "state_override_has_a_reason"),
        ({"ends_at": NOW - timedelta(days=999)}, "state_override_ends_after_it_starts"),
    ],
)
def test_the_database_knows_what_is_valid(
    component: StatusComponent, change: dict[str, Any], name: str
) -> None:
    workflow.override_state(
        component,
        state="degraded_performance",
        reason="So",
        ends_at=clock.now() + HOUR,
        actor=None,
    )
    with pytest.raises(IntegrityError, match=name):
        StateOverride.objects.update(**change)


@pytest.mark.parametrize("door", DOORS)
def test_the_impact_of_an_incident_is_judged_with_a_reason(
    client: Client, shop: Service, olivia: User, vera: User, door: str
) -> None:
    incident = make_incident(shop, severity=Severity.P0)
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    said = {"impact": "minor", "reason": "One shop in ten"}
    assert ask(door, vera, incident, "public-impact", **said).status_code == 403
    missing = ask(door, olivia, incident, "public-impact", impact="minor")
    assert missing.status_code == (422 if door == "page" else 409)
    assert ask(door, olivia, incident, "public-impact", **said).status_code in {200, 302}
    assert PublicImpact.objects.get().impact == Impact.MINOR
    assert "One shop in ten" not in client.get("/status/").content.decode()
    page = f"/respond/{incident.pk}/public-impact/"
    assert "One shop in ten" in signed_in_as(vera).get(page).content.decode()
    assert ask(door, olivia, incident, "public-impact", impact="").status_code in {200, 302}
    assert not PublicImpact.objects.exists()


def test_the_lists_cost_the_same_with_few_and_with_many(
    component: StatusComponent, payments: Team, olivia: User, ada: User
) -> None:
    """Components, drafts, subscribers and copies, as who works here sees them."""
    workflow.change_page_settings(needs_approval=True, actor=None)
    paths = [
        *("/respond/status-page/", "/respond/status-page/updates/"),
        *("/respond/subscribers/", "/admin/incidents/updatedraft/"),
        *("/admin/incidents/pagecopy/", "/admin/incidents/stateoverride/"),
    ]
    client = signed_in_as(ada)

    def make(number: int) -> None:
        service = make_shown_service(f"Shop {number}", team=payments, is_public=True)
        mine = StatusComponent.objects.get(service=service)
        ends_at = clock.now() + HOUR
        workflow.override_state(
            mine, state="degraded_performance", reason="So", ends_at=ends_at, actor=ada
        )
        incident = make_incident(service)
        workflow.submit_update(incident, phase="identified", text="A cable.", actor=olivia)

    def cost(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    make(0)
    subscriber()
    PageCopy.objects.create(place="directory", due_at=clock.now())
    few = [cost(path) for path in paths]
    for number in range(1, 20):
        make(number)
    many(20)
    PageCopy.objects.create(place="bucket", due_at=clock.now())
    assert [cost(path) for path in paths] == few
    assert max(few) < 40
