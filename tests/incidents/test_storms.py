"""Many alerts at once: as if each came by itself, in a number of statements that is fixed."""

from datetime import timedelta
from typing import Any

import pytest

from incidents import workflow
from incidents.models import GroupingRule, Incident, IncidentAlert, IncidentState
from operations.models import Alert, Severity
from portal import clock, events, reactions
from portal.models import Event, Notification, Reaction, Service, Team, User
from tests.incidents.make import make_alert, make_schedule, page
from tests.make import make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def come(service: Service, *severities: int, prefix: str = "Alert") -> list[Alert]:
    """Alerts that open before anybody has reacted to the first of them."""
    alerts = [
        make_alert(service, name=f"{prefix}{number}", severity=severity)
        for number, severity in enumerate(severities)
    ]
    for alert in alerts:
        say_opened(alert)
    return alerts


def say_opened(alert: Alert) -> None:
    started = alert.started_at.isoformat()
    events.record("alert.opened", alert, actor=None, occurrence_started_at=started)


def react() -> None:
    reactions.react_to_all_due(clock.now())


def told(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def test_the_first_opens_and_the_others_join(checkout: Service) -> None:
    alerts = come(checkout, *[Severity.P2] * 6)
    react()

    incident = Incident.objects.get()
    rows = incident.alerts.order_by("alert_id")
    assert [(row.alert, row.started_at, row.cleared_at) for row in rows] == [
        (alert, alert.started_at, None) for alert in alerts
    ]
    assert (told("incident.opened"), told("incident.alert_joined")) == (1, 5)
    line = Event.objects.filter(kind="incident.alert_joined").earliest("pk")
    assert (line.subject, line.data["alert"]) == (incident, alerts[1].pk)


def test_each_service_has_its_own(payments: Team, checkout: Service) -> None:
    ledger = make_service("Ledger", team=payments)
    come(checkout, *[Severity.P2] * 3)
    come(ledger, *[Severity.P2] * 3, prefix="Other")
    react()

    assert {(each.service, each.alerts.count()) for each in Incident.objects.all()} == {
        (checkout, 3),
        (ledger, 3),
    }


def test_a_graver_one_in_the_middle_is_not_lost(
    payments: Team, checkout: Service, olivia: User
) -> None:
    make_schedule(payments, olivia)
    come(checkout, Severity.P3, Severity.P3, Severity.P0, Severity.P3)
    react()
    page()

    incident = Incident.objects.get()
    assert (incident.severity, incident.alerts.count()) == (Severity.P0, 4)
    assert Notification.objects.filter(person=olivia, kind="page").exists()


def test_one_that_pages_wakes_who_had_answered_and_the_rest_join(
    payments: Team, checkout: Service, olivia: User
) -> None:
    make_schedule(payments, olivia)
    come(checkout, Severity.P0)
    react()
    workflow.acknowledge(Incident.objects.get(), actor=olivia)
    come(checkout, *[Severity.P0] * 4, prefix="New")
    react()

    incident = Incident.objects.get()
    assert (incident.state, incident.alerts.count()) == (IncidentState.TRIGGERED, 5)
    assert told("incident.paged_again") == 1


def test_one_that_is_held_by_now_stays_out(checkout: Service) -> None:
    come(checkout, *[Severity.P2] * 4)
    held = Alert.objects.get(name="Alert2")
    Alert.objects.filter(pk=held.pk).update(is_held=True, condition="shelved")
    react()

    assert Incident.objects.get().alerts.count() == 3
    assert not IncidentAlert.objects.filter(alert=held).exists()


def test_one_that_has_ended_joins_as_ended(checkout: Service) -> None:
    alerts = come(checkout, *[Severity.P2] * 4)
    ended_at = clock.now()
    Alert.objects.filter(pk=alerts[3].pk).update(state="returned", ended_at=ended_at)
    react()

    cleared = IncidentAlert.objects.exclude(cleared_at=None).get()
    assert (cleared.alert, cleared.cleared_at) == (alerts[3], ended_at)


def test_a_rule_with_a_window_decides_about_each(checkout: Service) -> None:
    GroupingRule.objects.filter(is_default=True).update(window_minutes=5)
    now = clock.now()
    for number, minutes in enumerate((2, 3, 60, 61)):
        started_at = now - timedelta(minutes=minutes)
        say_opened(
            make_alert(checkout, name=f"A{number}", severity=Severity.P2, started_at=started_at)
        )
    react()

    assert sorted(each.alerts.count() for each in Incident.objects.all()) == [2, 2]


def test_reacting_twice_changes_nothing(checkout: Service) -> None:
    come(checkout, *[Severity.P2] * 5)
    react()
    Reaction.objects.update(state="due", done_at=None)
    react()

    assert (Incident.objects.get().alerts.count(), told("incident.alert_joined")) == (5, 4)


@pytest.mark.parametrize("count", [4, 24])  # each of two handlers: one transaction
def test_a_storm_costs_as_many_statements_as_a_few(
    checkout: Service, count: int, django_assert_max_num_queries: Any
) -> None:
    come(checkout, Severity.P2)
    react()
    react()  # to the incident that was opened
    come(checkout, *[Severity.P2] * count, prefix="Storm")
    with django_assert_max_num_queries(24):
        react()
        react()  # to what joined
    assert Incident.objects.get().alerts.count() == count + 1
