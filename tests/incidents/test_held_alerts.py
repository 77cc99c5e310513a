"""From the monitor's call to the page, with silences, windows and flapping in between."""

from datetime import timedelta

import pytest

from incidents import workflow
from incidents.models import Incident, IncidentState
from incidents.workflow import answers, escalation
from operations import workflow as operations
from operations.models import Alert, Integration, Silence
from portal import clock, events, reactions
from portal.models import Notification, Service, Team, User
from tests.incidents.make import make_schedule, page
from tests.operations.make import MINUTE, NOON, make_integration, receive, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]
HOUR = timedelta(hours=1)


@pytest.fixture
def prometheus(payments: Team, checkout: Service, olivia: User) -> Integration:
    """Tells of Checkout; Olivia is on call for it."""
    make_schedule(payments, olivia)
    return make_integration(service=checkout)


def come(prometheus: Integration, *names: str, severity: str = "p1") -> None:
    receive(prometheus, *(told(name, severity=severity) for name in names))
    settle()


def settle() -> None:
    """Let everybody react, and the pager look."""
    reactions.react_to_all_due(clock.now())
    page()


def pages() -> int:
    return Notification.objects.filter(kind="page").count()


def quiet(checkout: Service, **fields: str) -> Silence:
    silence = operations.make_silence(
        team=checkout.team,
        services=[checkout],
        reason="Moving the database",
        ends_at=clock.now() + HOUR,
        actor=None,
        **fields,  # type: ignore[arg-type]
    )
    settle()
    return silence


def end(silence: Silence) -> None:
    operations.end_silence(silence, actor=None)
    settle()


def test_an_acknowledgement_does_not_lapse_while_all_that_fires_is_held(
    prometheus: Integration, checkout: Service, olivia: User
) -> None:
    come(prometheus, "HighErrorRate")
    workflow.acknowledge(Incident.objects.get(), actor=olivia)
    silence = quiet(checkout)
    late = clock.now() + 2 * HOUR

    answers.lapse_due(late)
    settle()
    assert Incident.objects.get().state == IncidentState.ACKNOWLEDGED
    assert pages() == 1

    end(silence)
    answers.lapse_due(late + 2 * HOUR)
    assert Incident.objects.get().state == IncidentState.TRIGGERED
    assert escalation.is_going_on(Incident.objects.get())


def test_what_is_held_opens_nothing(prometheus: Integration, checkout: Service) -> None:
    quiet(checkout)
    come(prometheus, "Down")

    assert not Incident.objects.exists()
    assert pages() == 0


def test_silenced_and_still_firing_at_the_end_is_one_page(
    prometheus: Integration, checkout: Service
) -> None:
    silence = quiet(checkout)
    come(prometheus, "Down")
    end(silence)

    assert Incident.objects.get().alerts.get().alert.name == "Down"
    assert pages() == 1


def test_resolved_meanwhile_is_none(prometheus: Integration, checkout: Service) -> None:
    silence = quiet(checkout)
    come(prometheus, "Down")
    receive(prometheus, told("Down", ended=NOON + MINUTE))
    end(silence)

    assert not Incident.objects.exists()
    assert pages() == 0


def test_four_at_the_end_are_one_page_that_says_so(
    prometheus: Integration, checkout: Service
) -> None:
    silence = quiet(checkout)
    come(prometheus, "One", "Two", "Three", "Four")
    end(silence)

    incident = Incident.objects.get()
    assert incident.title == "4 alerts of Checkout still fire after: Moving the database"
    assert incident.alerts.count() == 4
    assert pages() == 1


def test_declared_late_it_stops_the_paging_and_says_so(
    prometheus: Integration, checkout: Service
) -> None:
    come(prometheus, "Down")
    assert pages() == 1
    quiet(checkout)

    incident = Incident.objects.get()
    page(HOUR)
    assert pages() == 1
    assert incident.is_unresolved
    kinds = [event.kind for event in events.about(incident)]
    assert kinds[0] == "incident.paging_held"


def test_it_pages_on_while_one_alert_is_not_held(
    prometheus: Integration, checkout: Service
) -> None:
    come(prometheus, "Down", "Slow")
    operations.make_silence(
        matchers=[{"label": "alertname", "op": "=", "value": "Slow"}],
        reason="Known",
        ends_at=clock.now() + HOUR,
        actor=None,
    )
    settle()

    kinds = [event.kind for event in events.about(Incident.objects.get())]
    assert "incident.paging_held" not in kinds


def test_after_a_late_silence_what_still_fires_pages_again(
    prometheus: Integration, checkout: Service
) -> None:
    come(prometheus, "Down")
    silence = quiet(checkout)
    end(silence)

    assert Incident.objects.count() == 1
    assert pages() == 2
    assert "It still fires after its hold" in Notification.objects.latest("pk").body


def test_what_was_acknowledged_stays_so_after_the_silence(
    prometheus: Integration, checkout: Service, olivia: User
) -> None:
    come(prometheus, "Down")
    workflow.acknowledge(Incident.objects.get(), actor=olivia)
    end(quiet(checkout))

    assert Incident.objects.get().state == IncidentState.ACKNOWLEDGED
    assert Alert.objects.get().acknowledged_by == olivia
    assert pages() == 1


def test_resolved_by_hand_while_held_and_firing_at_the_end_pages(
    prometheus: Integration, checkout: Service, olivia: User
) -> None:
    come(prometheus, "Down")
    silence = quiet(checkout)
    workflow.resolve(Incident.objects.get(), summary="It seemed so", actor=olivia)
    end(silence)

    assert Incident.objects.count() == 2
    assert pages() == 2


def test_attached_alerts_join_what_is_open_and_wake_nobody(
    prometheus: Integration, checkout: Service, olivia: User
) -> None:
    come(prometheus, "Down")
    workflow.acknowledge(Incident.objects.get(), actor=olivia)
    operations.maintenance_silence(
        reference="window:1",
        services=[checkout],
        starts_at=clock.now(),
        ends_at=clock.now() + HOUR,
        reason="Moving",
        behaviour="attach",
        actor=None,
    )
    come(prometheus, "Slow")

    incident = Incident.objects.get()
    assert {row.alert.name for row in incident.alerts.all()} == {"Down", "Slow"}
    assert incident.state == IncidentState.ACKNOWLEDGED
    assert pages() == 1


def test_flapping_is_one_incident_and_at_most_two_pages(
    prometheus: Integration, olivia: User
) -> None:
    for number in range(12):
        at = NOON + 2 * number * MINUTE
        receive(prometheus, told("Down", at=at, severity="p1"))
        settle()
        if number == 0:
            workflow.acknowledge(Incident.objects.get(), actor=olivia)
        receive(prometheus, told("Down", at=at, ended=at + MINUTE, severity="p1"))
        settle()

    assert Incident.objects.count() == 1
    assert pages() <= 2


def test_told_twice_a_release_pages_once(prometheus: Integration, checkout: Service) -> None:
    silence = quiet(checkout)
    come(prometheus, "Down")
    end(silence)
    alert = Alert.objects.get()
    released = events.about(alert).filter(kind="alert.released").get()
    events.record(released.kind, alert, actor=None, **released.data)
    settle()

    assert pages() == 1
