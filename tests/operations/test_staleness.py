"""What is not confirmed says so and stays open; who goes quiet is missed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from operations import sweeps, workflow
from operations.models import Alert, Integration, Receipt
from operations.staleness import unconfirmed_since
from portal import clock
from portal.models import Event, Service, User
from tests.operations.make import MINUTE, make_integration, receive, told


def believe(
    integration: Integration, minutes: int | None, quiet: int | None = None
) -> Integration:
    return workflow.set_upstream(
        integration,
        stale_after_minutes=minutes,
        quiet_severity=quiet,
        now=clock.now(),
        actor=None,
    )


@pytest.fixture
def prometheus(checkout: Service) -> Integration:
    return believe(make_integration(service=checkout), 60, quiet=1)


def the(name: str) -> Alert:
    return Alert.objects.get(name=name)


def pass_time(minutes: int) -> None:
    """Let everything that is known be so much older."""
    ago = clock.now() - minutes * MINUTE
    Alert.objects.update(last_seen_at=ago)
    Receipt.objects.update(received_at=ago)


def look() -> None:
    sweeps.look_at_integrations(clock.now())


def test_an_alert_that_is_not_told_of_again_is_not_confirmed_and_stays_open(
    prometheus: Integration, client: Client, vera: User
) -> None:
    receive(prometheus, told())
    alert = the("HighErrorRate")
    seen = alert.last_seen_at
    assert unconfirmed_since(alert, seen + 60 * MINUTE) is None
    assert unconfirmed_since(alert, seen + 61 * MINUTE) == seen

    pass_time(90)
    look()
    client.force_login(vera)
    page = client.get(alert.get_absolute_url()).content.decode()
    assert "not confirmed since" in page
    assert the("HighErrorRate").is_firing
    believe(prometheus, None)
    page = client.get(alert.get_absolute_url()).content.decode()
    assert "not confirmed since" not in page


def test_what_has_ended_needs_no_confirmation(prometheus: Integration) -> None:
    receive(prometheus, told())
    receive(prometheus, told(ended=clock.now()))

    assert unconfirmed_since(the("HighErrorRate"), clock.now() + timedelta(days=9)) is None


def test_a_monitor_that_goes_quiet_is_missed_until_it_speaks(
    prometheus: Integration, client: Client, vera: User
) -> None:
    receive(prometheus, told())
    look()
    assert not Alert.objects.filter(name="IntegrationQuiet").exists()

    pass_time(61)
    look()
    look()
    alert = the("IntegrationQuiet")
    assert (alert.severity, alert.service, alert.is_firing) == (1, prometheus.service, True)
    assert Event.objects.filter(kind="integration.went_quiet").count() == 1
    client.force_login(vera)
    page = client.get(prometheus.get_absolute_url()).content.decode()
    assert "Quiet since" in page

    receive(prometheus, told())
    look()
    assert not the("IntegrationQuiet").is_firing
    prometheus.refresh_from_db()
    assert prometheus.quiet_since is None
    assert Event.objects.filter(kind="integration.spoke_again").count() == 1


def test_it_stays_quiet_when_its_calls_are_forgotten(prometheus: Integration) -> None:
    receive(prometheus, told())
    pass_time(61)
    look()
    Alert.objects.filter(integration=prometheus).delete()
    Receipt.objects.all().delete()
    look()

    assert the("IntegrationQuiet").is_firing


@pytest.mark.parametrize("what", ["no limit", "no severity", "switched off"])
def test_nobody_is_told_where_nobody_wants_it(prometheus: Integration, what: str) -> None:
    receive(prometheus, told())
    pass_time(61)
    look()
    if what == "switched off":
        workflow.switch_off(prometheus, actor=None)
    else:
        believe(prometheus, None if what == "no limit" else 60)
    look()

    assert not the("IntegrationQuiet").is_firing


def test_one_that_never_called_is_not_quiet(prometheus: Integration) -> None:
    look()

    assert not Alert.objects.exists()


def test_a_call_too_long_to_keep_raises_an_alert_until_one_is_read(
    prometheus: Integration,
) -> None:
    long = workflow.accept(prometheus, b"{", "application/json", is_truncated=True)
    workflow.read_receipt(long.pk, now=clock.now())
    alert = the("IntegrationCutOff")
    assert (alert.is_firing, alert.service) == (True, prometheus.service)
    look()
    assert the("IntegrationCutOff").is_firing

    receive(prometheus, told())
    look()
    assert not the("IntegrationCutOff").is_firing


def test_looking_asks_the_same_however_many_there_are(
    prometheus: Integration, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        believe(make_integration(f"Monitor {number}"), 60)

    with django_assert_max_num_queries(3):
        look()
