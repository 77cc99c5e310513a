"""What alerts do to incidents: open, join, worsen, clear; each occurrence counts once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from incidents import workflow
from incidents.models import Incident, IncidentAlert, IncidentState
from incidents.workflow import alerts as verbs
from operations.models import Alert, AlertState, Severity
from portal import clock, events
from portal.models import Event, Notification, Service, Team, User
from tests.incidents.make import (
    clear,
    fire,
    fire_again,
    make_alert,
    make_incident,
    make_schedule,
    page,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture(autouse=True)
def _olivia_is_on_call(payments: Team, olivia: User) -> None:
    make_schedule(payments, olivia)


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in reversed(events.about(incident))]


def pages() -> int:
    return Notification.objects.filter(kind="page").count()


def test_an_alert_opens_an_incident_with_its_clocks(checkout: Service) -> None:
    alert = fire(checkout, severity=Severity.P0)

    incident = Incident.objects.get()
    assert incident.title == "High error rate"
    assert (incident.service, incident.severity, incident.source) == (checkout, 0, "alert")
    assert incident.impact_started_at == alert.started_at
    assert incident.response_due_at == incident.detected_at + timedelta(minutes=5)
    assert incident.resolution_due_at == incident.detected_at + timedelta(hours=1)
    assert incident.alerts.get().alert == alert


@pytest.mark.parametrize("severity", [Severity.P0, Severity.P1])
def test_grave_ones_page(checkout: Service, olivia: User, severity: int) -> None:
    fire(checkout, severity=severity)
    page()

    sent = Notification.objects.get()
    assert (sent.person, sent.urgency, sent.kind) == (olivia, "high", "page")
    assert sent.subject == f"P{severity} Checkout: High error rate"
    assert sent.topic == f"incident:{Incident.objects.get().pk}"
    assert sent.url.startswith("/ack/")


@pytest.mark.parametrize("severity", [Severity.P2, Severity.P3])
def test_lesser_ones_wait_in_the_queue(checkout: Service, severity: int) -> None:
    fire(checkout, severity=severity)

    assert page(timedelta(days=1)) == 0
    assert Incident.objects.get().state == IncidentState.TRIGGERED
    assert pages() == 0


def test_an_alert_without_a_service_opens_nothing() -> None:
    fire(None)
    assert not Incident.objects.exists()


def test_another_alert_of_the_service_joins(checkout: Service, search: Service) -> None:
    fire(checkout)
    fire(checkout, name="HighLatency", severity=Severity.P1)
    fire(search, name="Slow")

    joined = Incident.objects.get(service=checkout)
    assert [row.alert.name for row in joined.alerts.all()] == ["HighErrorRate", "HighLatency"]
    assert kinds(joined) == ["incident.opened", "incident.alert_joined"]
    assert Incident.objects.filter(service=search).count() == 1


def test_a_graver_alert_raises_the_severity_and_pages_again(checkout: Service) -> None:
    fire(checkout, severity=Severity.P2)
    incident = Incident.objects.get()
    assert pages() == 0

    fire(checkout, name="Down", severity=Severity.P0)
    page()

    incident.refresh_from_db()
    assert incident.severity == Severity.P0
    assert incident.resolution_due_at == incident.detected_at + timedelta(hours=1)
    assert pages() == 1


def test_an_acknowledged_incident_is_not_deaf(checkout: Service, olivia: User) -> None:
    fire(checkout)
    page()
    incident = workflow.acknowledge(Incident.objects.get(), actor=olivia)

    fire(checkout, name="Down")
    page()

    incident.refresh_from_db()
    assert incident.state == IncidentState.TRIGGERED
    assert incident.acknowledged_at is not None  # the first answer still counts
    assert pages() == 2
    assert "Another alert joined: Down" in Notification.objects.latest("pk").body


def test_a_new_occurrence_pages_again_too(checkout: Service, olivia: User) -> None:
    alert = fire(checkout)
    page()
    incident = workflow.acknowledge(Incident.objects.get(), actor=olivia)
    clear(alert)
    fire_again(alert)
    page()

    incident.refresh_from_db()
    assert incident.state == IncidentState.TRIGGERED
    assert incident.alerts.get().cleared_at is None
    assert pages() == 2


def test_a_lesser_alert_wakes_nobody_twice(checkout: Service, olivia: User) -> None:
    fire(checkout)
    page()
    incident = workflow.acknowledge(Incident.objects.get(), actor=olivia)

    fire(checkout, name="DiskSlow", severity=Severity.P3)
    page(timedelta(hours=1))

    incident.refresh_from_db()
    assert incident.state == IncidentState.ACKNOWLEDGED
    assert incident.alerts.count() == 2
    assert pages() == 1


def test_a_storm_pages_once_while_somebody_is_being_woken(checkout: Service) -> None:
    for number in range(20):
        fire(checkout, name=f"Storm{number}")
    page()

    assert Incident.objects.get().alerts.count() == 20
    assert pages() == 1


@pytest.mark.parametrize("kind", ["alert.opened", "alert.worsened"])
def test_told_twice_changes_nothing(checkout: Service, kind: str) -> None:
    alert = fire(checkout)
    before = Event.objects.exclude(kind=kind).count()

    tell(kind, alert)

    assert Incident.objects.count() == IncidentAlert.objects.count() == 1
    assert Event.objects.exclude(kind=kind).count() == before


def test_told_again_after_the_end_opens_nothing(checkout: Service, olivia: User) -> None:
    alert = fire(checkout)
    workflow.resolve(Incident.objects.get(), summary="Rolled back", actor=olivia)

    tell("alert.opened", alert)

    assert Incident.objects.count() == 1


def test_worse_after_the_end_opens_another(checkout: Service, olivia: User) -> None:
    alert = fire(checkout, severity=Severity.P1)
    workflow.resolve(Incident.objects.get(), summary="Rolled back", actor=olivia)
    Alert.objects.filter(pk=alert.pk).update(severity=Severity.P0)
    alert.refresh_from_db()

    tell("alert.worsened", alert)
    tell("alert.worsened", alert)

    assert [incident.severity for incident in Incident.objects.order_by("pk")] == [1, 0]


def test_a_worsened_alert_worsens_its_incident(checkout: Service) -> None:
    alert = fire(checkout, severity=Severity.P2)
    Alert.objects.filter(pk=alert.pk).update(severity=Severity.P1)
    alert.refresh_from_db()

    tell("alert.worsened", alert)
    page()

    assert Incident.objects.get().severity == Severity.P1
    assert pages() == 1


def test_alerts_join_what_a_person_declared(checkout: Service, olivia: User) -> None:
    declared = make_incident(checkout, severity=Severity.P3, actor=olivia)
    fire(checkout, severity=Severity.P1)

    declared.refresh_from_db()
    assert Incident.objects.count() == 1
    assert declared.severity == Severity.P1


def test_cleared_alerts_are_noted_and_nothing_is_resolved(checkout: Service) -> None:
    first, second = fire(checkout), fire(checkout, name="Down")
    clear(first)
    clear(second)
    tell("alert.ended", second)

    incident = Incident.objects.get()
    assert incident.state == IncidentState.TRIGGERED
    assert kinds(incident)[2:] == [
        "incident.alert_cleared",
        "incident.alert_cleared",
        "incident.all_alerts_cleared",
    ]


def test_an_end_that_is_heard_of_first_is_not_lost(checkout: Service) -> None:
    alert = make_alert(checkout)
    clear(alert)
    tell("alert.opened", alert)

    assert IncidentAlert.objects.get().cleared_at == alert.ended_at


def test_acknowledging_the_incident_acknowledges_its_alerts(
    checkout: Service, olivia: User
) -> None:
    alert = fire(checkout)
    workflow.acknowledge(Incident.objects.get(), actor=olivia)

    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKED, olivia)


@pytest.mark.django_db(transaction=True)
def test_of_alerts_that_come_at_once_one_opens_and_the_others_join(checkout: Service) -> None:
    alerts = [make_alert(checkout, name=f"Alert{number}") for number in range(6)]
    ready = threading.Barrier(len(alerts))

    def take(alert: Alert) -> None:
        ready.wait()
        try:
            verbs.take_in(alert, started_at=alert.started_at, detected_at=clock.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[alert]) for alert in alerts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Incident.objects.get().alerts.count() == len(alerts)
