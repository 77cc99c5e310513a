"""
A monitor that keeps books: what it sent, and every status that it really saw.

It sends Alertmanager's webhook bodies and tries again as Alertmanager does: after a broken
connection, a time-out or a 5xx, never after a 4xx.
"""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

TIMEOUT = 10.0  # seconds
PAUSE = 0.3  # seconds before a call is tried again


class Occurrence(NamedTuple):
    """What makes an occurrence: whose alert, and when it began."""

    fingerprint: str
    started_at: datetime


@dataclass
class Call:
    """One webhook body and what became of it; `receipts` are those of the 202s."""

    body: bytes
    occurrences: list[Occurrence]
    statuses: list[int] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    accepted_at: float | None = None  # when the first 202 was read, in Unix seconds


class Sender:
    """Sends calls from several connections, at a steady rate."""

    def __init__(self, url: str, calls: list[Call], *, rate: float, connections: int) -> None:
        self.calls = calls
        self._url = url
        self._waiting = deque(calls)
        self._gap = connections / rate
        self._threads = [
            threading.Thread(target=self._send, daemon=True) for _ in range(connections)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, *, seconds: float) -> None:
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        assert not any(thread.is_alive() for thread in self._threads), "Calls are left."

    def _send(self) -> None:
        while True:
            try:
                call = self._waiting.popleft()
            except IndexError:
                return
            started = time.monotonic()
            while not self._try(call):
                time.sleep(PAUSE)
            time.sleep(max(0.0, started + self._gap - time.monotonic()))

    def _try(self, call: Call) -> bool:
        """Send once; return whether a sender would leave it at that."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url, call.body, headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                call.receipts.append(json.loads(answer.read())["receipt"])
                call.statuses.append(answer.status)
                call.accepted_at = call.accepted_at or time.time()
                return True
        except urllib.error.HTTPError as error:
            call.statuses.append(error.code)
            return error.code < 500
        except (OSError, ValueError):  # refused, reset, timed out, or cut in the middle
            call.statuses.append(0)
            return False


def calls_about(
    services: list[str], *, alerts: int, severity: str, seed: int, began: datetime
) -> list[Call]:
    """
    Return calls that tell of `alerts` different alerts, some of them told twice.

    They come in random order with one to four alerts in each, as groups of Alertmanager do.
    """
    chance = random.Random(seed)
    told = [_alert(number, services, severity, began) for number in range(alerts)]
    told += chance.sample(told, alerts // 10)
    chance.shuffle(told)
    calls = []
    while told:
        some = [told.pop() for _ in range(min(chance.randint(1, 4), len(told)))]
        calls.append(Call(_body(some), [_occurrence(alert) for alert in some]))
    return calls


def _alert(number: int, services: list[str], severity: str, began: datetime) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": f"Fault{number}",
            "service": services[number % len(services)],
            "severity": severity,
        },
        "annotations": {"summary": f"Fault number {number}"},
        "startsAt": began.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{number:016x}",
    }


def _occurrence(alert: dict[str, Any]) -> Occurrence:
    return Occurrence(alert["fingerprint"], datetime.fromisoformat(alert["startsAt"]))


def _body(alerts: list[dict[str, Any]]) -> bytes:
    body = {"version": "4", "groupKey": "{}", "status": "firing", "alerts": alerts}
    return json.dumps(body).encode()
