"""A check that is down is an alert too, in the transaction that makes it down."""

import pytest
from django.test import Client

from operations import workflow
from operations.models import Alert, AlertState, Check
from portal.models import Service, User
from tests.operations.make import MINUTE, NOON, make_check
from tests.operations.test_checks import URL, Net, ask, net

__all__ = ["net"]


def down(check: Check, net: Net) -> Check:
    for number in (0, 1):
        ask(check, net, 503, NOON + number * MINUTE)
    assert check.state == "down"
    return check


def test_down_opens_an_alert_and_up_ends_it(checkout: Service, net: Net) -> None:
    check = down(make_check(checkout, severity=1), net)

    alert = Alert.objects.get()
    assert (alert.name, alert.severity, alert.service) == ("CheckDown", 1, checkout)
    assert alert.summary == "“Front page” is down: Answered 503 instead of 200."
    assert alert.started_at == NOON + MINUTE
    ask(check, net, 200, NOON + 2 * MINUTE)
    ask(check, net, 200, NOON + 3 * MINUTE)
    alert.refresh_from_db()
    assert (alert.state, alert.ended_at) == (AlertState.RETURNED, NOON + 3 * MINUTE)


def test_one_without_a_severity_wakes_nobody(checkout: Service, net: Net) -> None:
    down(make_check(checkout, severity=None), net)

    assert not Alert.objects.exists()


@pytest.mark.parametrize("what", ["pause", "another question", "no severity"])
def test_what_is_not_known_any_more_alerts_no_more(
    checkout: Service, net: Net, olivia: User, what: str
) -> None:
    check = down(make_check(checkout), net)
    later = NOON + 5 * MINUTE

    if what == "pause":
        workflow.pause_check(check, now=later, actor=olivia)
    else:
        workflow.change_check(
            check,
            name=check.name,
            service=checkout,
            url=URL + "/2" if what == "another question" else check.url,
            expected_status=200,
            every_seconds=60,
            severity=None if what == "no severity" else 2,
            now=later,
            actor=olivia,
        )

    assert Alert.objects.get().state == AlertState.RETURNED


def test_a_worse_severity_reaches_the_open_alert(
    checkout: Service, net: Net, olivia: User, client: Client
) -> None:
    check = down(make_check(checkout), net)
    client.force_login(olivia)

    url = f"/api/v1/checks/{check.pk}/"
    answer = client.patch(url, {"severity": 0}, content_type="application/json")

    assert answer.json()["severity"] == 0
    assert Alert.objects.get().severity == 0
    page = client.get(check.get_absolute_url()).content.decode()
    assert "Severity when down" in page
