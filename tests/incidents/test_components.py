"""The components of the status page: kept by administrators, shown as bad as they are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client

from incidents import workflow
from incidents.models import (
    AffectedComponent,
    ComponentSpan,
    ComponentState,
    Follows,
    Impact,
    Incident,
    PublicImpact,
    StatusComponent,
)
from operations.models import Severity
from portal import clock, reactions
from portal.errors import DomainError
from portal.models import Event, Service, Team, User
from portal.workflow.services import change_service
from tests.incidents.doors import DOORS, api, ask, signed_in_as, taken
from tests.incidents.make import fire, make_alert, make_incident
from tests.incidents.status import follow, make_component, make_shown_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

COMPONENT = {"name": "Board", "order": "5", "follows": "people", "is_public": "on"}


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


@pytest.fixture
def component(shop: Service) -> StatusComponent:
    return StatusComponent.objects.get(service=shop)


def shown(client: Client, slug: str = "shop") -> str:
    answer = client.get("/status/status.json").json()
    return next(str(each["status"]) for each in answer["components"] if each["id"] == slug)


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [each.code for each in refused.value.refusals]


@pytest.mark.parametrize("door", DOORS)
def test_an_administrator_puts_something_on_the_page(
    client: Client, ada: User, door: str
) -> None:
    desk = signed_in_as(ada)
    if door == "page":
        answer = desk.post("/respond/status-page/components/new/", COMPONENT)
        assert answer.status_code == 302
    else:
        said = {**COMPONENT, "order": 5, "is_public": True}
        assert api(desk, "/api/v1/status-components/", said).status_code == 201
    made = StatusComponent.objects.get()
    assert (made.slug, made.order, made.history.latest().history_user) == ("board", 5, ada)
    assert shown(client, "board") == "operational"


@pytest.mark.parametrize("door", DOORS)
def test_what_is_wrong_is_said_and_kept(ada: User, door: str) -> None:
    make_component("Other", slug="board")
    desk = signed_in_as(ada)
    said: dict[str, Any] = {**COMPONENT, "slug": "board"}
    if door == "page":
        answer = desk.post("/respond/status-page/components/new/", said)
        assert answer.status_code == 422
        assert 'value="Board"' in answer.content.decode()
    else:
        said |= {"order": 5, "is_public": True}
        assert api(desk, "/api/v1/status-components/", said).status_code == 400
    assert StatusComponent.objects.count() == 1


def test_a_name_makes_a_short_name_that_is_free() -> None:
    slugs = [make_component("My board").slug for _ in range(3)]
    assert slugs == ["my-board", "my-board-2", "my-board-3"]


def test_a_public_service_becomes_a_component_by_itself(payments: Team, ada: User) -> None:
    service = make_shown_service("Shop", team=payments, is_public=False)
    assert not StatusComponent.objects.exists()
    change_service(service, actor=ada, is_public=True)
    for _ in range(2):
        reactions.react_to_all_due(clock.now())
    assert StatusComponent.objects.get().slug == service.slug


def test_what_is_off_the_page_is_kept_and_can_come_back(
    client: Client, component: StatusComponent, ada: User
) -> None:
    desk = signed_in_as(ada)
    url = f"/respond/status-page/components/{component.pk}/"
    assert desk.post(f"{url}retire/").status_code == 302
    assert client.get("/status/status.json").json()["components"] == []
    with pytest.raises(DomainError) as refused:
        workflow.retire_component(component, actor=ada)
    assert codes(refused) == ["already_retired"]
    assert desk.post(f"{url}restore/").status_code == 302
    assert shown(client) == "operational"
    with pytest.raises(DomainError) as refused:
        workflow.restore_component(component, actor=ada)
    assert codes(refused) == ["not_retired"]


def test_what_an_open_incident_holds_stays(
    component: StatusComponent, shop: Service, olivia: User
) -> None:
    incident = make_incident(shop)
    workflow.declare_components(
        incident, components={component: "partial_outage"}, actor=olivia
    )
    with pytest.raises(DomainError) as refused:
        workflow.retire_component(component, actor=None)
    assert codes(refused) == ["incident_open"]


def test_a_group_is_a_heading_and_leaves_its_components(client: Client, ada: User) -> None:
    group = workflow.make_group(name="Shops", actor=ada)
    component = make_component("Board", group=group)
    assert "Shops" in client.get("/status/").content.decode()
    answer = signed_in_as(ada).post(f"/respond/status-page/groups/{group.pk}/remove/")
    assert answer.status_code == 302
    component.refresh_from_db()
    assert component.group is None


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("page", {"next_within": ""}),
        ("api", {"components": {"shop": "partial_outage"}}),
    ],
)
def test_a_state_is_declared_with_an_update(
    client: Client,
    component: StatusComponent,
    shop: Service,
    olivia: User,
    door: str,
    said: Any,
) -> None:
    incident = make_incident(shop, severity=Severity.P3)
    if door == "page":
        said[f"component_{component.pk}"] = "partial_outage"
    words = {"phase": "identified", "text": "A cable."}
    assert taken(door, ask(door, olivia, incident, "updates", **words, **said))
    assert shown(client) == "partial_outage"
    (told,) = client.get("/status/status.json").json()["incidents"]
    assert (told["impact"], told["components"]) == ("major", ["shop"])
    assert told["name"] == "Shop: Partial outage"


def test_a_declaration_stands_for_the_severity(
    client: Client, component: StatusComponent, shop: Service, olivia: User
) -> None:
    incident = make_incident(shop, severity=Severity.P0)
    assert shown(client) == "major_outage"
    workflow.declare_components(incident, components={component: "operational"}, actor=olivia)
    assert shown(client) == "operational"


def test_the_worst_of_all_open_incidents_is_shown_and_the_end_works_out_anew(
    client: Client, component: StatusComponent, shop: Service, olivia: User
) -> None:
    worse = make_incident(shop, severity=Severity.P3)
    other = make_incident(shop, severity=Severity.P3)
    workflow.declare_components(worse, components={component: "major_outage"}, actor=olivia)
    workflow.declare_components(
        other, components={component: "degraded_performance"}, actor=olivia
    )
    assert shown(client) == "major_outage"
    workflow.resolve(worse, summary="Done", actor=olivia)
    assert shown(client) == "degraded_performance"
    workflow.resolve(other, summary="Done", actor=olivia)
    assert shown(client) == "operational"
    workflow.reopen(worse, reason="It is back", actor=olivia)
    assert shown(client) == "major_outage"


def test_only_what_people_declare_where_a_component_follows_people(
    client: Client, component: StatusComponent, shop: Service
) -> None:
    workflow.change_component(component, follows=Follows.PEOPLE, actor=None)
    make_incident(shop, severity=Severity.P0)
    assert shown(client) == "operational"


def test_alerts_count_where_a_component_follows_them_and_nothing_holds_them(
    client: Client, component: StatusComponent, shop: Service
) -> None:
    alert = make_alert(shop, severity=Severity.P1)
    assert shown(client) == "operational"
    workflow.change_component(component, follows=Follows.ALERTS, actor=None)
    assert shown(client) == "partial_outage"
    type(alert).objects.update(is_held=True, condition="suppressed")
    assert shown(client) == "operational"


def test_the_impact_of_what_is_over_is_the_worst_it_was(
    client: Client, component: StatusComponent, shop: Service, olivia: User
) -> None:
    incident = make_incident(shop)
    for state in ("major_outage", "operational"):
        workflow.post_update(
            incident,
            phase="identified",
            text=state,
            components={component: state},
            actor=olivia,
        )
    workflow.resolve(incident, summary="Done", actor=olivia)
    (told,) = client.get("/status/status.json").json()["incidents"]
    assert told["impact"] == "critical"


def test_a_person_judges_the_impact_with_a_reason(
    client: Client, component: StatusComponent, shop: Service, olivia: User
) -> None:
    incident = make_incident(shop, severity=Severity.P0)
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    asked = {"impact": "minor", "reason": ""}
    assert ask("api", olivia, incident, "public-impact", **asked).status_code == 409
    asked["reason"] = "Only a test account"
    assert ask("api", olivia, incident, "public-impact", **asked).status_code == 200
    (told,) = client.get("/status/status.json").json()["incidents"]
    assert told["impact"] == Impact.MINOR
    assert ask("api", olivia, incident, "public-impact", impact="").status_code == 200
    assert not PublicImpact.objects.exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"components": {"nothing": "operational"}}, "unknown_component"),
        ({"components": {"shop": "odd"}}, "invalid_choice"),
        ({"components": {}}, "empty"),
    ],
)
def test_what_cannot_be_declared_is_named(
    component: StatusComponent, shop: Service, olivia: User, said: Any, code: str
) -> None:
    answer = ask("api", olivia, make_incident(shop), "components", **said)
    assert answer.status_code == 400
    assert code in answer.content.decode()
    assert not AffectedComponent.objects.exists()


def test_what_is_off_the_page_is_declared_of_no_more(
    component: StatusComponent, shop: Service, olivia: User
) -> None:
    workflow.retire_component(component, actor=None)
    component.refresh_from_db()
    with pytest.raises(DomainError) as refused:
        workflow.declare_components(
            make_incident(shop), components={component: "operational"}, actor=olivia
        )
    assert codes(refused) == ["component_retired"]


def test_declaring_leaves_its_event(
    component: StatusComponent, shop: Service, olivia: User
) -> None:
    incident = make_incident(shop)
    ask("api", olivia, incident, "components", components={"shop": "major_outage"})
    event = Event.objects.get(kind="incident.components_declared")
    assert (event.actor, event.data["components"]) == (olivia, {"shop": "major_outage"})


# What was shown, kept.


def test_stretches_follow_what_is_shown(
    component: StatusComponent, shop: Service, olivia: User
) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False) as at:
        follow()
        at.shift(timedelta(hours=1))
        incident = make_incident(shop, severity=Severity.P1)
        at.shift(timedelta(seconds=4))
        assert (follow(), follow()) == (1, 0)
        at.shift(timedelta(minutes=30))
        workflow.resolve(incident, summary="Done", actor=olivia)
        follow()
        spans = list(component.spans.values_list("state", flat=True))
        assert spans == ["operational", "partial_outage", "operational"]
        outage = component.spans.get(state="partial_outage")
        assert outage.started_at == incident.detected_at  # not when we looked


def test_events_bring_the_history_up_to_date(component: StatusComponent, shop: Service) -> None:
    fire(shop, severity=Severity.P0)
    reactions.react_to_all_due(clock.now())
    running = ComponentSpan.objects.running().get(component=component)
    assert running.state == ComponentState.MAJOR_OUTAGE


def test_a_component_has_one_running_stretch(component: StatusComponent) -> None:
    follow()
    with pytest.raises(IntegrityError, match=r"span_one_running_per_component|UNIQUE"):
        ComponentSpan.objects.create(
            component=component, state="operational", started_at=clock.now()
        )


def test_a_service_that_was_watched_brings_its_past(payments: Team, olivia: User) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False) as at:
        service = make_shown_service("Shop", team=payments, is_public=False)
        at.shift(timedelta(days=1))
        incident = make_incident(service, severity=Severity.P0)
        at.shift(timedelta(hours=1))
        workflow.resolve(incident, summary="Done", actor=olivia)
        at.shift(timedelta(days=1))
        Service.objects.update(is_public=True)
        workflow.cover_public_services(actor=None)
        follow()
        component = StatusComponent.objects.get()
        spans = [(span.state, span.ended_at) for span in component.spans.all()]
        assert [state for state, _ended in spans] == [
            "operational",
            "major_outage",
            "operational",
        ]
        assert spans[1][1] == Incident.objects.get().resolved_at


@pytest.mark.parametrize(
    ("model", "change", "name"),
    [
        (StatusComponent, {"follows": "odd"}, "component_follows_known"),
        (ComponentSpan, {"state": "odd"}, "span_state_known"),
        (AffectedComponent, {"state": "odd"}, "affected_component_state_known"),
        (PublicImpact, {"impact": "odd"}, "public_impact_known"),
        (PublicImpact, {"reason": ""}, "public_impact_has_a_reason"),
    ],
)
def test_the_database_knows_what_is_valid(
    component: StatusComponent, shop: Service, model: Any, change: Any, name: str
) -> None:
    incident = make_incident(shop)
    workflow.declare_components(incident, components={component: "partial_outage"}, actor=None)
    workflow.judge_impact(incident, impact="minor", reason="So", actor=None)
    follow()
    with pytest.raises(IntegrityError, match=name):
        model.objects.update(**change)
