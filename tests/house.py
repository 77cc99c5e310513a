"""
Real things around the portal, each on a free port of this machine.

A mail server that keeps what it gets, a receiver of webhooks, an Alertmanager, and the
portal itself under its supervisor. Nothing here stands in for a part of the product.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from standardwebhooks import Webhook, WebhookVerificationError

ROOT = Path(__file__).resolve().parents[1]
Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(look: Callable[[], Found | None], *, seconds: float, what: str) -> Found:
    """Look again and again until there is something; fail with `what` when time is over."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"After {seconds:.0f} s still not: {what}")
        time.sleep(0.1)


class Mailbox:
    """A mail server that keeps every message in memory."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self.before_answering: Callable[[], None] | None = None  # done once
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        if do := self.before_answering:
            self.before_answering = None
            do()
        return "250 OK"

    def to(self, address: str, *, about: str = "") -> list[EmailMessage]:
        return [
            message
            for message in self.messages
            if address in str(message["To"]) and about in str(message["Subject"])
        ]

    def wait(self, address: str, *, about: str = "", seconds: float = 30) -> EmailMessage:
        what = f"a mail to {address} about “{about}”"
        return wait_for(lambda: self.to(address, about=about), seconds=seconds, what=what)[-1]

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


class Receiver:
    """Another program that listens to our webhooks, and believes only what is signed."""

    def __init__(self) -> None:
        self.secret = ""
        self.calls: list[Any] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204 if receiver.hear(body, dict(self.headers)) else 401)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self.port = self._server.server_port

    def hear(self, body: bytes, headers: dict[str, str]) -> bool:
        """Keep it if the signature is right."""
        if not self.secret:
            return False
        try:
            Webhook(self.secret).verify(body, {k.lower(): v for k, v in headers.items()})
        except WebhookVerificationError:
            return False
        self.calls.append(json.loads(body))
        return True

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


# Added to what the portal's page says: people wait minutes for what a test wants at once.
HASTE = """\
  group_by: [alertname, service]
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 5m
"""


class Alertmanager:
    """A real Alertmanager with the configuration that the portal shows to people."""

    def __init__(self, folder: Path, configured: str, *, haste: str = HASTE) -> None:
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        assert program, "Install Debian's package prometheus-alertmanager."
        folder.mkdir(parents=True, exist_ok=True)
        configuration = folder / "alertmanager.yml"
        configuration.write_text(configured.rstrip() + "\n" + haste)
        self.port = free_port()
        self._folder = folder
        self._command = [
            program,
            f"--config.file={configuration}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def start(self) -> None:
        with (self._folder / "alertmanager.log").open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        answers(f"http://127.0.0.1:{self.port}/-/ready", seconds=30)

    def fire(self, summary: str, *, ended: bool = False, **labels: str) -> None:
        """Tell the Alertmanager what a Prometheus would tell it."""
        now = time.time()
        alert = {
            "labels": labels,
            "annotations": {"summary": summary},
            "startsAt": _rfc3339(now),
            "endsAt": _rfc3339(now if ended else now + 3600),
        }
        post(f"http://127.0.0.1:{self.port}/api/v2/alerts", [alert])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _rfc3339(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def post(url: str, body: Any, *, token: str = "") -> Any:
    """POST JSON; return what came back, raising for 4xx and 5xx."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or b"null")


def get(url: str, *, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.read().decode())


def answers(url: str, *, seconds: float) -> None:
    def look() -> bool:
        try:
            get(url)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    wait_for(look, seconds=seconds, what=f"an answer from {url}")


def environment_of_a_person() -> dict[str, str]:
    """This process's, without what tests/settings.py and pytest put there for themselves."""
    ours = {"DJANGO_SETTINGS_MODULE", "EVENKEEL_SECRET_KEY", "EVENKEEL_AUDIT_KEY"}
    if os.environ.get("EVENKEEL_BROKER_URL") == "memory://":
        ours.add("EVENKEEL_BROKER_URL")
    return {name: value for name, value in os.environ.items() if name not in ours}


@dataclass
class Portal:
    """The product as `make run` starts it: web, worker, beat and pager under a supervisor."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **environment_of_a_person(),
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder),
            "DEMO": "0",
            "EVENKEEL_SITE_URL": self.url,
            **self.settings,
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "portal.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "portal.supervisor"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        answers(f"{self.url}/health/ready", seconds=300)

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        self._process.send_signal(by)
        self._process.wait(60)

    def kill(self, *words: str) -> None:
        """SIGKILL every child of this portal whose command line has all these words."""
        killed = 0
        for pid, command in children_of(self._process.pid):
            if all(word in command for word in words):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        assert killed, f"No process of {words} to kill."

    def restarts(self, name: str) -> int:
        """How often the supervisor has said that this program was killed."""
        return self.log().count(f"evenkeel | {name} was killed by signal 9")

    def manage(self, *words: str) -> str:
        """Run a management command against this portal; return what it printed."""
        run = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def log(self) -> str:
        return (self.folder / "portal.log").read_text(errors="replace")


def children_of(pid: int) -> Iterator[tuple[int, str]]:
    """All descendants of a process with their command lines."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        parent = int(stat.rpartition(") ")[2].split()[1])
        parents.setdefault(parent, []).append((int(entry.name), command))
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            todo.append(child[0])
            yield child


@contextmanager
def running(thing: Any) -> Iterator[Any]:
    """Start it and stop it, also when it starts only halfway."""
    try:
        thing.start()
        yield thing
    finally:
        thing.stop()
