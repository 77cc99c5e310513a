"""
How fast an alert is accepted durably: one alert for each call, 8 connections.

Prints calls a second of the product and of the bare control in turns, and their ratio.
Goals: 0.6 of a bare insert on PostgreSQL (`DATABASE_URL`), 0.5 on the embedded SQLite.
"""

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 8
SECONDS = 5.0
ROUNDS = 4

BODY = json.dumps(
    {
        "version": "4",
        "status": "firing",
        "receiver": "evenkeel",
        "groupKey": "{}:{}",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "HighErrorRate", "severity": "warning"},
                "annotations": {"summary": "Seven per cent"},
                "startsAt": "2026-11-24T02:10:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prometheus",
                "fingerprint": "1a30ba71cca2921f",
            }
        ],
    }
).encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[int]:
    """Serve a WSGI application as the product is served; yield the port."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "2", "--blocking-threads", "4"),
        *("--no-access-log", "--log-level", "error", application),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def calls_a_second(port: int, path: str) -> float:
    """Call with 8 connections for a few seconds; every answer must be 202."""
    counts = [0] * CONNECTIONS
    end = time.monotonic() + SECONDS

    def call(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Content-Type": "application/json"}
        while time.monotonic() < end:
            connection.request("POST", path, BODY, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 202:
                raise SystemExit(f"{path} answered {answer.status}")
            counts[number] += 1

    threads = [threading.Thread(target=call, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def make_integration(environment: dict[str, str]) -> str:
    """Prepare the product's database; return the key of a new integration."""
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    code = (
        "from operations import workflow;"
        "print('key', workflow.make_integration(name='Benchmark', kind='alertmanager', "
        "service=None, default_severity=2, actor=None)[1])"
    )
    run = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"key (\S+)", run.stdout)
    assert found, run.stdout
    return found[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder}
        subprocess.run(
            [sys.executable, "-m", "benchmarks.bare"], cwd=ROOT, env=environment, check=True
        )
        key = make_integration(environment)
        ours, bare = [], []
        for _ in range(ROUNDS):
            with served("benchmarks.bare:application", environment) as port:
                bare.append(calls_a_second(port, "/take"))
            with served("portal.wsgi:application", environment) as port:
                ours.append(calls_a_second(port, f"/api/v1/alerts/alertmanager/{key}"))
    home = "PostgreSQL" if os.environ.get("DATABASE_URL") else "embedded SQLite"
    ratio = statistics.median(ours) / statistics.median(bare)
    goal = 0.6 if os.environ.get("DATABASE_URL") else 0.5
    print(f"accept, one alert a call, 8 connections, {home}")
    print(f"  bare insert {statistics.median(bare):8.0f} calls/s   {[round(b) for b in bare]}")
    print(f"  evenkeel    {statistics.median(ours):8.0f} calls/s   {[round(o) for o in ours]}")
    print(f"  ratio       {ratio:8.2f}           goal >= {goal}")


if __name__ == "__main__":
    main()
