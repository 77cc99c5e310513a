"""
A real Prometheus with the rules that we ship, and a real Alertmanager, drive a whole portal.

What pages goes by Alertmanager's `pagerduty_configs`, the rest by its `webhook_configs`, both
pointed at the portal and otherwise as they come. Minutes are seconds here; the true
durations are judged in test_rules.py.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.house import Alertmanager, Mailbox, Portal, get, post, running, wait_for
from tests.monitoring.house import (
    RULES,
    SERVICE,
    Exporter,
    Machine,
    Prometheus,
    hastened,
    receivers,
    seconds_of,
)

DOMAIN = "monitoring.example"
MAKE_ADA = f"""
from portal.models import User
User.objects.create_superuser("ada@{DOMAIN}", "a long word for nobody", name="Ada")
"""
PAGES = {"HighErrorRate", "DatabaseDown", "SecurityIncident", "DataCorruption"}
WARNINGS = {"RaisedErrorRate", "HighLatency", "HighCpu", "HighMemory", "DiskFull"}


@dataclass
class House:
    portal: Portal
    mailbox: Mailbox
    machine: Machine
    token: str

    def call(self, path: str, **said: Any) -> Any:
        return post(f"{self.portal.url}/api/v1/{path}/", said, token=self.token)

    def read(self, path: str) -> Any:
        return json.loads(get(f"{self.portal.url}/api/v1/{path}", token=self.token))

    def alerts(self, *states: str) -> dict[str, Any]:
        """The alerts in one of these states, by name; one of PagerDuty's by its class."""
        found = self.read("alerts/?page_size=100")["results"]
        return {
            alert["labels"].get("class")
            or alert["labels"].get("alertname")
            or alert["name"]: alert
            for alert in found
            if alert["state"] in states
        }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("One home is enough; the loop runs in both.")
    folder = tmp_path_factory.mktemp("monitoring")
    with ExitStack() as stack:
        mailbox = stack.enter_context(running(Mailbox()))
        settings = {"EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}"}
        portal = stack.enter_context(running(Portal(folder / "data", settings)))
        portal.manage("shell", "-c", MAKE_ADA)
        words = ["--person", f"ada@{DOMAIN}", "--name", "Set-up", "--scopes", "read,write"]
        token = portal.manage("create_token", *words).strip().splitlines()[-1]
        house = House(portal, mailbox, Machine(), token)
        configured = _introduce(house)
        exporter = stack.enter_context(running(Exporter(house.machine)))
        alertmanager = Alertmanager(folder / "alertmanager", configured, haste="")
        stack.enter_context(running(alertmanager))
        stack.enter_context(running(Prometheus(folder / "prom", exporter, alertmanager)))
        time.sleep(5)  # until the rates have something to count
        yield house


def _introduce(house: House) -> str:
    """Make the team, the service and two integrations; return Alertmanager's configuration."""
    house.call("teams", name="Payments", slug="payments", time_zone="UTC")
    house.call("services", name="Checkout", slug=SERVICE, team="payments", tier=1)
    url = house.portal.url
    webhook = house.call("integrations", name="By webhook", kind="alertmanager")["key"]
    events = house.call("integrations", name="As PagerDuty", kind="pagerduty", service=SERVICE)[
        "key"
    ]
    return receivers(f"{url}/api/v1/alerts/alertmanager/{webhook}", f"{url}/v2/enqueue", events)


def test_a_healthy_machine_raises_nothing(house: House) -> None:
    time.sleep(3)
    assert house.alerts("unacked", "acked", "returned", "normal") == {}


def test_whatever_goes_wrong_fires_when_it_has_lasted(house: House) -> None:
    broke_at = time.time()
    house.machine.break_down()
    for name, seconds in sorted(seconds_of(hastened(RULES.read_text())), key=lambda r: r[1]):
        if name == "ServiceUnavailable":
            continue
        found = wait_for(
            lambda: house.alerts("unacked").get(name),  # noqa: B023 (asked at once)
            seconds=30,
            what=f"{name} fires",
        )
        assert time.time() - broke_at >= seconds, name
        assert found["severity"] == {"HighErrorRate": 1}.get(name, 2) or name in PAGES


def test_what_pages_came_by_one_way_and_the_rest_by_the_other(house: House) -> None:
    by_integration = {
        row["id"]: row["name"] for row in house.read("integrations/?page_size=100")["results"]
    }
    came_by = {
        name: by_integration[alert["integration"]]
        for name, alert in house.alerts("unacked").items()
    }
    assert came_by == {
        **dict.fromkeys(PAGES, "As PagerDuty"),
        **dict.fromkeys(WARNINGS, "By webhook"),
    }


def test_somebody_was_woken(house: House) -> None:
    house.mailbox.wait(f"ada@{DOMAIN}", about="Checkout", seconds=30)


def test_a_service_that_does_not_answer_is_noticed_too(house: House) -> None:
    house.machine.is_up = False
    wait_for(
        lambda: house.alerts("unacked").get("ServiceUnavailable"),
        seconds=30,
        what="the service is found unavailable",
    )
    house.machine.is_up = True


def test_everything_clears_when_the_machine_recovers(house: House) -> None:
    house.machine.recover()
    wait_for(lambda: not house.alerts("unacked"), seconds=60, what="all alerts clear")
    cleared = house.alerts("returned", "normal")
    assert set(cleared) == PAGES | WARNINGS | {"ServiceUnavailable"}
    assert all(alert["occurrence_count"] == 1 for alert in cleared.values())
