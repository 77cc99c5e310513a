"""
The commands of docker-compose.yml, started as they stand there, beside PostgreSQL and Redis.

A fresh database is prepared by the `prepare` service's command; then every process runs until
its own health check says that it is well. Needs DATABASE_URL and EVENKEEL_BROKER_URL to name
servers; what they hold stays untouched.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.deploy import compose
from tests.deploy.compose import ROOT
from tests.deploy.processes import environment, free_port, status_of, wait_for

SERVER = urlsplit(os.environ.get("DATABASE_URL", ""))
BROKER = urlsplit(os.environ.get("EVENKEEL_BROKER_URL", ""))
pytestmark = pytest.mark.skipif(
    SERVER.scheme not in {"postgresql", "postgres"} or BROKER.scheme != "redis",
    reason="needs DATABASE_URL of a PostgreSQL and EVENKEEL_BROKER_URL of a Redis",
)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of an empty database that is thrown away afterwards."""
    name = f"evenkeel_compose_{os.getpid()}"
    with psycopg.connect(SERVER._replace(path="/postgres").geturl(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield SERVER._replace(path=f"/{name}").geturl()
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


class Stack:
    """The services' processes: same commands, with this machine's addresses and folders."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.services = compose.ours()
        folder.joinpath("tmp").mkdir()
        for name, secret in {
            "database_url": database,
            "secret_key": "only for the compose test",
            "audit_key": "only for the compose test, too",
        }.items():
            folder.joinpath(name).write_text(secret)

    def environment_of(self, service: dict[str, Any]) -> dict[str, str]:
        named: dict[str, str] = {
            name: value.replace("/run/secrets", str(self.folder))
            for name, value in service["environment"].items()
        }
        here = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATA_DIR": str(self.folder / "data"),
            "TMPDIR": str(self.folder / "tmp"),
            "EVENKEEL_BROKER_URL": BROKER._replace(path="/8").geturl(),
        }
        if "GRANIAN_PORT" in named:
            here |= {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(self.port)}
        return environment() | compose.example_environment() | named | here

    def run(self, name: str, command: list[str], seconds: float) -> tuple[int, str]:
        """Run it to its end in the service's environment; return exit code and output."""
        try:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                env=self.environment_of(self.services[name]),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as late:
            return -1, (late.stdout or b"").decode()
        return ended.returncode, ended.stdout.decode()

    def start(self, name: str) -> None:
        service = self.services[name]
        with self.log(name).open("w") as log:
            self.processes[name] = subprocess.Popen(
                service["command"],
                cwd=ROOT,
                env=self.environment_of(service),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def is_well(self, name: str) -> bool:
        """Whether its health check succeeds, within the time that the file gives it."""
        service = self.services[name]
        limit = float(service["healthcheck"]["timeout"].removesuffix("s"))
        return self.run(name, compose.health_check(service), limit * 2)[0] == 0

    def stop(self, name: str) -> int:
        """Ask it to end, as compose does; kill it when its grace is over."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        grace = float(self.services[name]["stop_grace_period"].removesuffix("s"))
        try:
            return process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


RUNNING = ["web", "worker", "beat", "pager"]


@pytest.fixture(scope="module")
def stack(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"), database)
    code, said = stack.run("prepare", stack.services["prepare"]["command"], 300)
    assert code == 0, said
    for name in RUNNING:
        stack.start(name)
    yield stack
    for name in list(stack.processes):
        stack.stop(name)


@pytest.mark.parametrize("name", RUNNING)
def test_its_health_check_finds_it_well(stack: Stack, name: str) -> None:
    assert wait_for(lambda: stack.is_well(name), seconds=90), stack.log(name).read_text()
    assert stack.processes[name].poll() is None


def test_the_web_process_answers_in_its_own_name(stack: Stack) -> None:
    host = urlsplit(compose.example_environment()["EVENKEEL_SITE_URL"]).netloc
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as connection:
        connection.sendall(f"GET /sign-in/ HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = connection.makefile("rb").read().decode()
    # An empty house leads its first visitor to the set-up page.
    assert answer.split()[1] in {"200", "302"}
    assert status_of(f"http://127.0.0.1:{stack.port}/sign-in/") == 400  # another host name


def test_beat_reaches_the_worker_through_redis(stack: Stack) -> None:
    asked = [sys.executable, "manage.py", "shell", "-v", "0", "-c"]
    asked += ["from portal.heartbeats import newest; print(newest('worker') is not None)"]
    assert wait_for(lambda: "True" in stack.run("beat", asked, 30)[1], seconds=120), stack.log(
        "worker"
    ).read_text()


def test_a_second_prepare_changes_nothing(stack: Stack) -> None:
    code, said = stack.run("prepare", stack.services["prepare"]["command"], 120)
    assert (code, said) == (0, "")


def test_a_health_check_notices_the_end(stack: Stack) -> None:
    stack.stop("web")
    assert not stack.is_well("web")
    stack.start("web")
    assert wait_for(lambda: stack.is_well("web"), seconds=60), stack.log("web").read_text()


@pytest.mark.parametrize("name", RUNNING)
def test_it_ends_by_itself_when_asked_to(stack: Stack, name: str) -> None:
    assert stack.stop(name) == 0, stack.log(name).read_text()
