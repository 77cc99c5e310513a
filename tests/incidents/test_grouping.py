"""How alerts become incidents: what goes together, for how long, and from how many."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from incidents import workflow
from incidents.models import GroupingRule, Incident, IncidentState
from incidents.seeds import seed
from incidents.workflow import alerts as verbs
from incidents.workflow.alerts import Release
from operations.models import Alert, Severity
from portal import clock
from portal.models import Notification, Service, Team, User
from tests.incidents.make import clear, fire, fire_again, make_alert, make_schedule, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _olivia_is_on_call(payments: Team, olivia: User) -> None:
    make_schedule(payments, olivia)


def make_rule(**fields: Any) -> GroupingRule:
    fields.setdefault("name", "By zone")
    return workflow.make_grouping_rule(actor=None, **fields)


def groups() -> list[set[str]]:
    """The names of the alerts of each incident, the oldest incident first."""
    rows = Incident.objects.order_by("pk").prefetch_related("alerts__alert")
    return [{row.alert.name for row in incident.alerts.all()} for incident in rows]


def test_without_rules_a_service_has_one_open_incident(checkout: Service) -> None:
    fire(checkout, labels={"zone": "a"})
    fire(checkout, name="Other", labels={"zone": "b"})

    assert groups() == [{"HighErrorRate", "Other"}]


def test_equal_labels_go_together(checkout: Service, search: Service) -> None:
    make_rule(group_by=["zone"])
    fire(checkout, name="A1", labels={"zone": "a"})
    fire(checkout, name="B1", labels={"zone": "b"})
    fire(checkout, name="A2", labels={"zone": "a"})
    fire(search, name="A3", labels={"zone": "a"})  # another service

    assert groups() == [{"A1", "A2"}, {"B1"}, {"A3"}]


def test_the_first_rule_that_fits_decides(checkout: Service) -> None:
    disks = [{"label": "alertname", "op": "=~", "value": "Disk.*"}]
    make_rule(name="Disks", matchers=disks, order=1)
    make_rule(name="By zone", group_by=["zone"], order=2)
    for name, zone in [("DiskFull", "a"), ("DiskSlow", "b"), ("Down", "a"), ("Slow", "b")]:
        fire(checkout, name=name, labels={"zone": zone})

    assert groups() == [{"DiskFull", "DiskSlow"}, {"Down"}, {"Slow"}]


def test_too_far_apart_is_another_incident(checkout: Service) -> None:
    make_rule(window_minutes=10)
    now = clock.now()
    fire(checkout, name="First", started_at=now - 30 * MINUTE)
    fire(checkout, name="Near", started_at=now - 22 * MINUTE)
    fire(checkout, name="Far", started_at=now - 2 * MINUTE)

    assert groups() == [{"First", "Near"}, {"Far"}]


@pytest.mark.parametrize(("after", "count"), [(5, 1), (30, 2)])
def test_soon_after_its_end_it_is_reopened(
    checkout: Service, olivia: User, after: int, count: int
) -> None:
    make_rule(reopen_minutes=10)
    alert = fire(checkout)
    workflow.resolve(Incident.objects.get(), summary="Gone", actor=olivia)
    clear(alert)
    ended = clock.now() - after * MINUTE
    Incident.objects.update(detected_at=ended - MINUTE, resolved_at=ended)
    fire_again(alert)

    assert Incident.objects.count() == count
    newest = Incident.objects.latest("pk")
    assert newest.state == IncidentState.TRIGGERED
    assert newest.alerts.get().cleared_at is None


def test_it_resolves_by_itself_when_it_stays_quiet(checkout: Service) -> None:
    make_rule(resolve_minutes=10)
    alert = fire(checkout)
    clear(alert)
    assert verbs.resolve_quiet(clock.now() + 9 * MINUTE) == 0

    assert verbs.resolve_quiet(clock.now() + 11 * MINUTE) == 1
    incident = Incident.objects.get()
    assert incident.state == IncidentState.RESOLVED
    assert incident.resolution == "All alerts have cleared and none came back."


def test_what_fires_again_does_not_resolve(checkout: Service) -> None:
    make_rule(resolve_minutes=10)
    alert = fire(checkout)
    clear(alert)
    fire_again(alert)

    assert verbs.resolve_quiet(clock.now() + 60 * MINUTE) == 0
    assert Incident.objects.get().is_unresolved


def test_by_default_only_people_resolve(checkout: Service) -> None:
    clear(fire(checkout))

    assert verbs.resolve_quiet(clock.now() + 10_000 * MINUTE) == 0


def test_an_incident_opens_from_so_many_different_alerts(checkout: Service) -> None:
    make_rule(threshold_count=3, threshold_minutes=10)
    now = clock.now()
    fire(checkout, name="TooOld", started_at=now - 60 * MINUTE)
    fire(checkout, name="First", started_at=now - 8 * MINUTE)
    fire(checkout, name="Second", started_at=now - 5 * MINUTE)
    assert not Incident.objects.exists()

    fire(checkout, name="Third", started_at=now - 3 * MINUTE)

    assert groups() == [{"First", "Second", "Third"}]
    page()
    assert Notification.objects.filter(kind="page").count() == 1


def test_what_is_let_go_at_once_is_one_page(checkout: Service) -> None:
    make_rule(group_by=["alertname"])
    release = Release(rule="Moving the database", batch="7:now", size=3)
    for number in range(3):
        alert = make_alert(checkout, name=f"Alert{number}")
        verbs.take_in(
            alert, started_at=alert.started_at, detected_at=clock.now(), release=release
        )
    page()

    incident = Incident.objects.get()
    assert incident.title == "3 alerts of Checkout still fire after: Moving the database"
    assert incident.alerts.count() == 3
    assert Notification.objects.filter(kind="page").count() == 1


def make_clusters(checkout: Service, seed: int) -> tuple[list[Alert], set[frozenset[str]]]:
    """Alerts of two zones in bursts of at most the window, further apart than it."""
    rng = random.Random(seed)
    begin = clock.now() - timedelta(hours=5)
    made: list[Alert] = []
    expected: dict[tuple[str, int], set[str]] = {}
    for number in range(9):
        zone, burst = rng.choice("ab"), rng.randrange(3)
        at = begin + burst * 60 * MINUTE + rng.randrange(10 * 60) * timedelta(seconds=1)
        labels = {"zone": zone}
        alert = make_alert(checkout, name=f"Alert{number}", started_at=at, labels=labels)
        made.append(alert)
        expected.setdefault((zone, burst), set()).add(alert.name)
    return made, {frozenset(names) for names in expected.values()}


def take_all(alerts: Iterable[Alert], now: datetime) -> set[frozenset[str]]:
    for alert in alerts:
        verbs.take_in(alert, started_at=alert.started_at, detected_at=now)
    return {frozenset(names) for names in groups()}


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_groups_alike(checkout: Service, seed: int) -> None:
    make_rule(group_by=["zone"], window_minutes=10)
    made, expected = make_clusters(checkout, seed)
    rng = random.Random(seed)
    for _shuffle in range(4):
        rng.shuffle(made)
        with transaction.atomic():
            assert take_all(made, clock.now()) == expected
            transaction.set_rollback(True)


def test_a_graver_alert_makes_only_its_own_group_worse(checkout: Service) -> None:
    make_rule(group_by=["zone"])
    fire(checkout, name="A", severity=Severity.P2, labels={"zone": "a"})
    fire(checkout, name="B", severity=Severity.P2, labels={"zone": "b"})
    fire(checkout, name="Worse", severity=Severity.P0, labels={"zone": "b"})

    assert [incident.severity for incident in Incident.objects.order_by("pk")] == [2, 0]


def test_page_and_api_make_a_rule_alike(client: Client, ada: User) -> None:
    client.force_login(ada)
    typed = {
        "name": "By page",
        "order": "5",
        "matchers": 'alertname=~"Disk.*"',
        "group_by": "zone, node",
        "window_minutes": "10",
        "threshold_count": "2",
        "threshold_minutes": "5",
        "is_active": "on",
    }
    page = client.post("/respond/grouping/new/", typed)
    body = {
        "name": "By API",
        "order": 5,
        "matchers": [{"label": "alertname", "op": "=~", "value": "Disk.*"}],
        "group_by": ["zone", "node"],
        "window_minutes": 10,
        "threshold_count": 2,
    }
    api = client.post("/api/v1/grouping-rules/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (302, 201)
    first, second = GroupingRule.objects.filter(order=5).order_by("pk")
    for name in ("matchers", "group_by", "window_minutes", "threshold_count"):
        assert getattr(first, name) == getattr(second, name)
    listed = client.get("/respond/grouping/").content.decode()
    assert "Disk.*" in listed
    wrong = client.post("/respond/grouping/new/", {**typed, "name": "X", "group_by": "1a"})
    assert wrong.status_code == 422
    assert "is not the name of a label" in wrong.content.decode()


def test_the_default_rule_is_for_everything_and_stays(client: Client, ada: User) -> None:
    seed()
    default = GroupingRule.objects.get(is_default=True)
    client.force_login(ada)
    url = f"/api/v1/grouping-rules/{default.pk}/"

    gone = client.delete(url)
    narrowed = client.patch(url, {"is_active": False}, content_type="application/json")
    longer = client.patch(url, {"reopen_minutes": 5}, content_type="application/json")

    assert [gone.status_code, narrowed.status_code, longer.status_code] == [409, 409, 200]
    assert gone.json()["reasons"][0]["code"] == "default_rule"
    page = client.get(default.get_absolute_url()).content.decode()
    assert "The default rule cannot be taken away." in page


def test_a_rule_that_is_taken_away_leaves_the_default(
    client: Client, ada: User, checkout: Service
) -> None:
    rule = make_rule(group_by=["zone"])
    fire(checkout, name="A", labels={"zone": "a"})
    client.force_login(ada)
    assert client.post(f"/respond/grouping/{rule.pk}/remove/").status_code == 302

    assert not GroupingRule.objects.filter(pk=rule.pk).exists()
    assert Incident.objects.get().grouping_rule is None
