"""
The status page while something is wrong, and a copy of it, against Django that does nothing.

The page has 30 components with a quarter behind them, ten announced incidents and maintenance.
It is drawn for every call; the copy is a file that Django hands out, as the least of what a
web server in front would do. All three are served alike, in one run. Goals: the copy half as
often as the bare answer, the live page 20 a second and under 100 KB (it is for a day without
copies; what everybody reads at once is the copy).
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.intake import ROOT, served

CONNECTIONS = int(os.environ.get("STATUS_CONNECTIONS", "8"))
SECONDS = float(os.environ.get("STATUS_SECONDS", "10"))
ROUNDS = int(os.environ.get("STATUS_ROUNDS", "3"))
PREPARE = """
from datetime import timedelta
from django.core.management import call_command
from incidents import workflow
from incidents.status_documents import Publication
from maintenance.workflow.windows import announce_window
from portal import clock
from portal.models import Service, Team
call_command("seed", verbosity=0)
team = Team(name="Payments", slug="payments"); team.changed_by = None; team.save()
services = []
for number in range(30):
    row = Service(name=f"Service {number}", slug=f"service-{number}", team=team, is_public=True)
    row.changed_by = None
    row._history_date = clock.now() - timedelta(days=100)
    row.save()
    services.append(row)
workflow.cover_public_services(actor=None)
for service in services[:10]:
    incident = workflow.declare(service=service, title="Slow", severity=2, actor=None)
    for phase in ("investigating", "identified", "monitoring"):
        workflow.post_update(incident, phase=phase, text="We are on it. " * 10, actor=None)
start = clock.now() + timedelta(days=2)
announce_window(title="New disks", services=services[10:14], starts_at=start,
    ends_at=start + timedelta(hours=2), actor=None)
workflow.follow_components(clock.now())
copy = Publication(clock.now(), is_copy=True).document("")
open("%s", "wb").write(copy.body)
print("copy", len(copy.body))
"""


def calls_a_second(port: int, path: str) -> tuple[float, int]:
    """Call with 8 connections for a few seconds; return how often, and how many bytes."""
    counts, sizes = [0] * CONNECTIONS, [0] * CONNECTIONS
    end = time.monotonic() + SECONDS

    def call(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < end:
            connection.request("GET", path)
            answer = connection.getresponse()
            sizes[number] = len(answer.read())
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
            counts[number] += 1

    threads = [threading.Thread(target=call, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS, max(sizes)


def prepare(environment: dict[str, str], copy: Path) -> None:
    manage = [sys.executable, "manage.py"]
    for words in (
        ["migrate", "-v", "0"],
        ["createcachetable"],
        ["shell", "-v", "0", "-c", PREPARE % copy],
    ):
        subprocess.run([*manage, *words], cwd=ROOT, env=environment, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.html"
        environment = {**os.environ, "DATA_DIR": folder, "STATUS_COPY": str(copy)}
        prepare(environment, copy)
        rates: dict[str, list[float]] = {"bare": [], "copy": [], "live": []}
        sizes: dict[str, int] = {}
        calls = [
            ("bare", "benchmarks.bare_page:application", "/nothing"),
            ("copy", "benchmarks.bare_page:application", "/copy"),
            ("live", "portal.wsgi:application", "/status/"),
        ]
        for _ in range(ROUNDS):
            for name, application, path in calls:
                with served(application, environment) as port:
                    rate, sizes[name] = calls_a_second(port, path)
                    rates[name].append(rate)
                print(f"  {name} {rate:.0f} a second", flush=True)
    bare = statistics.median(rates["bare"])
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:5} {rate:7.0f} a second, {rate / bare:.3f} of bare, {sizes[name]} bytes")


if __name__ == "__main__":
    main()
