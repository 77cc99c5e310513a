"""
A room with 500 entries, and 200 people who look at one incident at once.

The room's page stands beside a page that does nothing (`/sign-in/`, by the same middleware).
Then each viewer asks for news as the page does, fetches the parts when there are any, and says
how long after the commit it had them; what the server's processes used of one core is counted.
Goals: 80 ms p50; 2 s p99; a fifth of a core.
"""

import asyncio
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.intake import ROOT, served

VIEWERS = int(os.environ.get("ROOM_VIEWERS", "200"))
ENTRIES = 500
SECONDS = float(os.environ.get("ROOM_SECONDS", "60"))
EVERY = 1.0  # seconds between two questions of a page, as static/js/news.js asks
NEWS_EVERY = 10.0  # seconds between two things that happen

PREPARE = f"""
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from incidents import live, workflow
from portal.models import Access, Membership, Service, Team, User
from portal import clock
call_command("seed", verbosity=0)
team = Team(name="Payments", slug="payments"); team.changed_by = None; team.save()
service = Service(name="Checkout", slug="checkout", team=team); service.changed_by = None
service.save()
people = []
for number in range({VIEWERS}):
    person = User.objects.create_user(
        f"v{{number}}@example.com", name=f"Viewer {{number}}", access=Access.MEMBER
    )
    if number % 4 == 0:
        row = Membership(team=team, person=person, role="member"); row.changed_by = None
        row.save()
    people.append(person)
incident = workflow.declare(service=service, title="Slow", severity=2, actor=people[0])
for number in range({ENTRIES}):
    workflow.add_note(incident, text=f"Note {{number}} of somebody", actor=people[number % 4])
for person in people:
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = "portal.sign_in.EmailBackend"
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.create()
    print("viewer", session.session_key, live.address_for(person, incident), incident.pk)
"""
NEWS = """
import sys, time
from incidents import workflow
from incidents.models import Incident
incident = Incident.objects.get()
for line in sys.stdin:
    workflow.add_note(incident, text=f"News {line.strip()}", actor=None)
    print("said", line.strip(), time.time(), flush=True)
"""


def shell(environment: dict[str, str], code: str) -> list[str]:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def cpu_of(port: int) -> float:
    """Seconds of one core that the processes of this server have used so far."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"--port\0{port}\0" not in (folder / "cmdline").read_text():
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """One request; a browser keeps its connection, which would only be cheaper."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    whole = await reader.read()
    writer.close()
    head, _gap, body = whole.partition(b"\r\n\r\n")
    return int(head.split(None, 2)[1]), body


async def ready(port: int) -> None:
    """Wait until the server answers; a busy machine takes its time."""
    for _second in range(120):
        try:
            await get(port, "/health/live")
        except OSError:
            await asyncio.sleep(1)
        else:
            return


async def timed(times: int, ask: Callable[[], Awaitable[Any]]) -> float:
    """The median of so many, in milliseconds."""
    took = []
    for _time in range(times):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


class Watch:
    """What the viewers saw: seconds from a commit to the parts that show it."""

    def __init__(self) -> None:
        self.said: dict[str, float] = {}
        self.seen: list[tuple[str, float]] = []
        self.asked = self.fetched = 0

    async def view(self, port: int, viewer: list[str], until: float) -> None:
        session, address, pk = viewer
        seen, shown = "0", set(self.said)
        await asyncio.sleep(random.random() * EVERY)
        while time.time() < until:
            self.asked += 1
            status, number_now = await get(port, f"{address}?seen={seen}")
            if status == 200 and seen == "0":  # the page itself brought everything until then
                now = re.search(rb"\d+", number_now)
                seen = now[0].decode() if now else seen
            elif status == 200:
                self.fetched += 1
                path = f"/respond/{pk}/live/?seen={seen}"
                _status, parts = await get(
                    port, path, Cookie=f"session={session}", HX_Request="true"
                )
                html = parts.decode()
                if found := re.search(r'data-seen="(\d+)"', html):
                    seen = found[1]
                for number in set(re.findall(r"News (\d+)", html)) - shown:
                    shown.add(number)
                    self.seen.append((number, time.time()))
            await asyncio.sleep(EVERY * (0.9 + 0.2 * random.random()))

    async def tell(self, environment: dict[str, str], until: float) -> None:
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", NEWS]
        teller = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdin=-1, stdout=-1
        )
        assert teller.stdin
        assert teller.stdout
        number = 0
        while time.time() < until - 5:
            number += 1
            teller.stdin.write(f"{number}\n".encode())
            line = (await teller.stdout.readline()).decode().split()
            self.said[line[1]] = float(line[2])
            await asyncio.sleep(NEWS_EVERY)
        teller.stdin.close()
        await teller.wait()


async def measure(port: int, viewers: list[list[str]], environment: dict[str, str]) -> None:
    session, _address, pk = viewers[0]
    cookie = f"session={session}"
    await ready(port)
    bare = await timed(30, lambda: get(port, "/sign-in/"))
    room = await timed(30, lambda: get(port, f"/respond/{pk}/", Cookie=cookie))
    whole = await timed(15, lambda: get(port, f"/respond/{pk}/?timeline=all", Cookie=cookie))
    print(f"  a page that does nothing       p50 {bare:6.0f} ms")
    print(
        f"  room, newest 50 of {ENTRIES}         p50 {room:6.0f} ms   ratio {room / bare:4.1f}"
    )
    print(f"  room, all {ENTRIES}                  p50 {whole:6.0f} ms   goal <= 80")
    watch = Watch()
    until = time.time() + SECONDS + 5
    telling = asyncio.create_task(watch.tell(environment, until))
    tasks = [asyncio.create_task(watch.view(port, each, until)) for each in viewers]
    await asyncio.sleep(5)
    began, used = time.time(), cpu_of(port)
    await asyncio.gather(*tasks)
    share = (cpu_of(port) - used) / (time.time() - began)
    await telling
    late = sorted(at - watch.said[number] for number, at in watch.seen if number in watch.said)
    print(f"  {len(viewers)} viewers: {watch.asked} questions, {watch.fetched} fetched parts")
    print(f"  news seen after                p50 {statistics.median(late):6.2f} s")
    p99 = late[int(len(late) * 0.99)]
    print(f"                                 p99 {p99:6.2f} s    goal <= 2")
    print(f"  the server's share of a core       {share:6.2f}      goal <= 0.20")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder, "EVENKEEL_LOG_LEVEL": "ERROR"}
        command = [sys.executable, "manage.py", "prepare"]
        subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        viewers = [
            line.split()[1:]
            for line in shell(environment, PREPARE)
            if line.startswith("viewer")
        ]
        home = "PostgreSQL" if os.environ.get("DATABASE_URL") else "embedded SQLite"
        print(f"one incident, {len(viewers)} viewers, {home}")
        with served("portal.wsgi:application", environment) as port:
            asyncio.run(measure(port, viewers, environment))


if __name__ == "__main__":
    main()
