"""What a maintenance window does to the alerts of its services; the silence follows it."""

from datetime import timedelta

import pytest
from django.test import Client

from maintenance import workflow
from maintenance.models import MaintenanceWindow
from operations.models import Alert, Silence
from operations.workflow import look_at_silences
from portal import clock, events, reactions
from portal.models import Service, User
from tests.operations.make import make_alert

HOUR = timedelta(hours=1)


def announce(checkout: Service, **fields: object) -> MaintenanceWindow:
    now = clock.now()
    window = workflow.announce_window(
        title="Moving the database",
        services=[checkout],
        starts_at=now,
        ends_at=now + HOUR,
        actor=None,
        **fields,  # type: ignore[arg-type]
    )
    settle()
    return window


def settle() -> None:
    reactions.react_to_all_due(clock.now())
    look_at_silences(clock.now())


def is_held(alert: Alert) -> bool:
    alert.refresh_from_db()
    return alert.is_held


def test_alerts_are_held_and_listed_on_the_window(
    client: Client, vera: User, checkout: Service
) -> None:
    window = announce(checkout)
    alert = make_alert(service=checkout)
    client.force_login(vera)

    assert is_held(alert)
    page = client.get(window.get_absolute_url()).content.decode()
    assert "Alerts during this window" in page
    assert alert.name in page


def test_those_that_fire_already_are_held_too(checkout: Service) -> None:
    alert = make_alert(service=checkout)
    announce(checkout)

    assert is_held(alert)


def test_called_off_it_ends(checkout: Service) -> None:
    window = announce(checkout)
    alert = make_alert(service=checkout)
    workflow.cancel_window(window, actor=None)
    settle()

    assert not is_held(alert)
    assert Silence.objects.get().state_at(clock.now()) == "expired"


def test_moved_it_moves(checkout: Service) -> None:
    window = announce(checkout)
    alert = make_alert(service=checkout)
    later = clock.now() + 5 * HOUR
    workflow.change_window(window, starts_at=later, ends_at=later + HOUR, actor=None)
    settle()

    assert not is_held(alert)
    assert Silence.objects.get().starts_at == later


def test_ended_early_it_ends_early(checkout: Service) -> None:
    window = announce(checkout)
    alert = make_alert(service=checkout)
    soon = clock.now() + timedelta(minutes=1)
    workflow.change_window(window, ends_at=soon, actor=None)
    settle()
    look_at_silences(soon)

    assert not is_held(alert)


@pytest.mark.parametrize(
    ("behaviour", "held", "attached"),
    [("hold", True, 0), ("escalate", False, 0), ("attach", True, 1)],
)
def test_what_becomes_of_alerts_meanwhile(
    checkout: Service, behaviour: str, attached: int, *, held: bool
) -> None:
    window = announce(checkout, alert_behaviour=behaviour)
    alert = make_alert(service=checkout)
    for _again in range(2):
        settle()

    assert is_held(alert) is held
    told = events.about(window).filter(kind="window.alert_attached")
    assert told.count() == attached


def test_page_and_api_say_what_becomes_of_alerts(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    now = clock.now()
    said = {
        "title": "By page",
        "services": ["checkout"],
        "starts_at": f"{now + HOUR:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + 2 * HOUR:%Y-%m-%dT%H:%M}",
        "alert_behaviour": "attach",
        "alerts_at_end": "resolve",
    }
    assert client.post("/change/windows/new/", said).status_code == 302
    body = {**said, "starts_at": now.isoformat(), "ends_at": (now + HOUR).isoformat()}
    answer = client.post("/api/v1/windows/", body, content_type="application/json")

    made = MaintenanceWindow.objects.values_list("alert_behaviour", "alerts_at_end")
    assert list(made) == [("attach", "resolve")] * 2
    assert (answer.status_code, answer.json()["alert_behaviour"]) == (201, "attach")
    wrong = {**body, "alert_behaviour": "sing"}
    assert client.post("/api/v1/windows/", wrong, "application/json").status_code == 400
