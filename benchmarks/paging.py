"""
How long from an accepted alert to its page, and how fast alerts become incidents.

Starts a whole portal (embedded, or on `DATABASE_URL`), with a real mail
server beside it. Three questions:

* idle: one alert of its own service after another; from the 202 to the mail's arrival.
  Goals: p50 <= 0.5 s, p99 <= 2 s.
* storm: the same while another monitor sends ten times as much. Goal: p99 <= 5 s.
* processed: how many new alerts, and how many repeats, a second are accepted, become alert and
  occurrence and join their incident, beside the inserts a second of the bare control in
  `bare.py`; both are called by as many connections. Goals: 0.2 and 0.3.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from benchmarks.intake import CONNECTIONS, calls_a_second, served
from tests.house import Mailbox, Portal, get, post, running

DOMAIN = "bench.example"
ALERTS = int(os.environ.get("PAGING_ALERTS", "60"))
GAP = 0.5  # seconds between two alerts
STORM_RATE = 10 / GAP  # calls a second of the other monitor
BULK = int(os.environ.get("PAGING_BULK", "1500"))  # alerts for the rate of processing

SET_UP = f"""
from portal.models import User
User.objects.create_superuser("ada@{DOMAIN}", "a long word for nobody", name="Ada")
"""


class Clocked(Mailbox):
    """Notes when a mail about a service first arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: dict[str, float] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (called by aiosmtpd)
        answer = await super().handle_DATA(server, session, envelope)
        message: EmailMessage = self.messages[-1]
        if found := re.search(r"service-\d+", str(message["Subject"])):
            self.arrived.setdefault(found[0], time.time())
        return answer


class House:
    """A portal with many services, a monitor that is careful and one that is noisy."""

    def __init__(self, portal: Portal, mailbox: Clocked) -> None:
        self.portal, self.mailbox = portal, mailbox
        portal.manage("shell", "-c", SET_UP)
        words = ["--person", f"ada@{DOMAIN}", "--name", "Bench", "--scopes", "read,write"]
        self._token = portal.manage("create_token", *words).strip().splitlines()[-1]
        self.call("teams", name="Team", slug="team", time_zone="UTC")
        for number in range(2 * ALERTS + 2):
            slug = f"service-{number}"
            self.call("services", name=slug, slug=slug, team="team", tier=1)
        self.careful, self.noisy = (
            self.call("integrations", name=name, kind="alertmanager")["key"]
            for name in ("Careful", "Noisy")
        )

    def call(self, path: str, **said: Any) -> Any:
        return post(f"{self.portal.url}/api/v1/{path}/", said, token=self._token)

    def send(self, key: str, *alerts: dict[str, Any]) -> float:
        """Send one call; return when it was accepted, in Unix seconds."""
        with self.connected() as connection:
            self.send_by(connection, key, *alerts)
        return time.time()

    @contextmanager
    def connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    def send_by(
        self, connection: http.client.HTTPConnection, key: str, *alerts: dict[str, Any]
    ) -> None:
        body = json.dumps({"version": "4", "status": "firing", "alerts": list(alerts)})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/alerts/alertmanager/{key}", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise SystemExit(f"An alert was answered with {answer.status}.")

    def is_busy(self) -> bool:
        """Whether calls are not read yet, or what was read in them has not been acted on."""
        unread = get(f"{self.portal.url}/api/v1/receipts/?state=received", token=self._token)
        if json.loads(unread)["results"]:
            return True
        metrics = get(f"{self.portal.url}/metrics", token=self._token)
        return "\nevenkeel_reactions_waiting 0.0\n" not in metrics


def alert(name: str, service: str, severity: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": name, "service": service, "severity": severity},
        "annotations": {"summary": name},
        "startsAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": name.lower(),
    }


def latencies(house: House, first: int) -> list[float]:
    """Fire one alert at each of the services from `first` on; return seconds to the mail."""
    accepted = {}
    for number in range(first, first + ALERTS):
        service = f"service-{number}"
        accepted[service] = house.send(house.careful, alert(f"Bench{number}", service, "p0"))
        time.sleep(GAP)
    end = time.monotonic() + 60
    while time.monotonic() < end and not accepted.keys() <= house.mailbox.arrived.keys():
        time.sleep(0.2)
    return [house.mailbox.arrived[each] - at for each, at in accepted.items()]


@contextmanager
def storm(house: House) -> Iterator[None]:
    """The noisy monitor sends ten times as much, all of it about one service, meanwhile."""
    goes_on = threading.Event()
    goes_on.set()

    def send() -> None:
        number = 0
        while goes_on.is_set():
            began = time.monotonic()
            number += 1
            house.send(house.noisy, alert(f"Noise{number}", f"service-{2 * ALERTS}", "p3"))
            time.sleep(max(0.0, 1 / STORM_RATE - (time.monotonic() - began)))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        goes_on.clear()
        thread.join(30)


def processed_a_second(house: House, *, began: datetime) -> float:
    """Send many alerts at once; return how many a second were accepted and acted on."""
    service = f"service-{2 * ALERTS + 1}"
    start = began.isoformat().replace("+00:00", "Z")

    def send(first: int) -> None:
        with house.connected() as connection:
            for number in range(first, BULK, CONNECTIONS):
                told = alert(f"Bulk{number}", service, "p3") | {"startsAt": start}
                house.send_by(connection, house.noisy, told)

    started = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(CONNECTIONS)))
    accepted = time.monotonic() - started
    while house.is_busy():
        time.sleep(0.1)
    took = time.monotonic() - started
    print(f"    accepted in {accepted:.1f} s, acted on in {took:.1f} s")
    return BULK / took


def bare_inserts_a_second(folder: Path) -> float:
    environment = {**os.environ, "DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "benchmarks.bare"]
    subprocess.run(command, env=environment, check=True)
    with served("benchmarks.bare:application", environment) as port:
        return calls_a_second(port, "/take")


def say(name: str, seconds: list[float], goal: str) -> None:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    print(f"  {name:<10} p50 {cuts[49]:5.2f} s   p99 {cuts[98]:5.2f} s   goal {goal}")


def main() -> None:
    home = "PostgreSQL" if os.environ.get("DATABASE_URL") else "embedded SQLite"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = bare_inserts_a_second(folder)
        mailbox = stack.enter_context(running(Clocked()))
        settings = {"EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}"}
        portal = stack.enter_context(running(Portal(folder / "data", settings)))
        house = House(portal, mailbox)
        print(f"alert accepted to mail arrived, {ALERTS} alerts, {home}")
        say("idle", latencies(house, 0), "p50 <= 0.5, p99 <= 2")
        with storm(house):
            say("storm", latencies(house, ALERTS), "p99 <= 5")
        began = datetime.now(UTC)
        new = processed_a_second(house, began=began)
        repeats = processed_a_second(house, began=began)
    print(f"processed end to end, one alert a call, {home}; bare insert {bare:.0f}/s")
    print(f"  new        {new:5.0f}/s   ratio {new / bare:.2f}   goal >= 0.2")
    print(f"  repeats    {repeats:5.0f}/s   ratio {repeats / bare:.2f}   goal >= 0.3")


if __name__ == "__main__":
    main()
