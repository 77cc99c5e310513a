"""`make run`, for real: its own folder and port, real processes, real signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.deploy.processes import children_of, environment, free_port, status_of, wait_for

FIRST_START = 180  # seconds; migrates everything, perhaps beside other work
NEXT_START = 10  # seconds: what a restart may take
PROGRAMS = ("granian", "worker", "beat", "pager")


class Run:
    """One `python -m portal.supervisor`, its log and its children."""

    def __init__(self, data: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data.parent / f"log-{time.monotonic_ns()}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.supervisor"],
                cwd=settings.BASE_DIR,
                env=environment(DATA_DIR=str(data), PORT=str(port), DEMO="0"),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_live(self) -> bool:
        return status_of(f"{self.url}/health/live") == 200

    def child(self, name: str) -> int | None:
        """The process number of the program whose command names it."""
        found = children_of(self.process.pid).items()
        return next((pid for pid, command in found if f" {name}" in command), None)

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=40)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "the data"


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[Run]:
    run = Run(data, free_port())
    try:
        assert wait_for(run.is_live, seconds=FIRST_START), run.log.read_text()
        yield run
    finally:
        run.stop(signal.SIGTERM)


def test_everything_runs_and_pages_are_looked_after(running: Run) -> None:
    assert wait_for(lambda: all(map(running.child, PROGRAMS)), seconds=30)
    assert wait_for(lambda: status_of(f"{running.url}/health/paging") == 200, seconds=30), (
        running.log.read_text()
    )
    assert f"Evenkeel runs at http://localhost:{running.url.rsplit(':', 1)[1]}/" in (
        running.log.read_text()
    )


@pytest.mark.parametrize("name", ["worker", "granian"])
def test_what_is_killed_starts_again_and_the_log_says_so(running: Run, name: str) -> None:
    before = wait_for(lambda: running.child(name), seconds=30)
    assert before
    os.kill(before, signal.SIGKILL)

    assert wait_for(lambda: running.child(name) not in {None, before}, seconds=20)
    assert "was killed by signal 9; it starts again" in running.log.read_text()
    assert wait_for(running.is_live, seconds=20)


def test_a_folder_that_is_lived_in_is_refused(running: Run, data: Path) -> None:
    second = Run(data, free_port())

    assert second.process.wait(timeout=20) == 1
    said = second.log.read_text()
    assert f"Evenkeel runs on {data} already (process {running.process.pid}" in said
    assert "make run DATA_DIR=" in said


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = Run(tmp_path / "data", port)
        assert run.process.wait(timeout=20) == 1

    said = run.log.read_text()
    assert said.startswith(f"Port {port} is taken by another program.")
    assert "make run PORT=" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("port", [0, 70_000])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: int) -> None:
    run = Run(tmp_path / "data", port)

    assert run.process.wait(timeout=20) == 1
    assert run.log.read_text().startswith(f"PORT is “{port}”")


def test_a_second_start_is_quick_and_ctrl_c_leaves_nothing_behind(
    tmp_path: Path, running: Run, data: Path
) -> None:
    copy = tmp_path / "data"
    _copy_prepared(data, copy)
    started = time.monotonic()
    run = Run(copy, free_port())
    try:
        assert wait_for(run.is_live, seconds=60), run.log.read_text()
        took = time.monotonic() - started
        assert wait_for(lambda: all(map(run.child, PROGRAMS)), seconds=20)
        groups = list(children_of(run.process.pid))
    finally:
        stopping = time.monotonic()
        code = run.stop(signal.SIGINT)

    assert code == 0
    assert time.monotonic() - stopping < 15
    assert [group for group in groups if _is_alive(group)] == []
    assert run.log.read_text().rstrip().endswith("Stopped.")
    assert not run.is_live()
    assert took < NEXT_START


def test_its_children_do_not_outlive_a_killed_supervisor(
    tmp_path: Path, running: Run, data: Path
) -> None:
    copy = tmp_path / "data"
    _copy_prepared(data, copy)
    run = Run(copy, free_port())
    try:
        assert wait_for(lambda: all(map(run.child, PROGRAMS)), seconds=60), run.log.read_text()
        groups = list(children_of(run.process.pid))
    finally:
        run.stop(signal.SIGKILL)

    assert wait_for(lambda: not any(map(_is_alive, groups)), seconds=20)


def _copy_prepared(data: Path, copy: Path) -> None:
    """Give another home what the first start has made: nobody writes but the pager."""
    source, target = data / "evenkeel.sqlite3", copy / "evenkeel.sqlite3"
    copy.mkdir()
    program = "import sqlite3, sys; a, b = map(sqlite3.connect, sys.argv[1:]); a.backup(b)"
    subprocess.run([sys.executable, "-c", program, str(source), str(target)], check=True)
    for name in ("prepared.json", "static", "secret-key", "audit-key"):
        subprocess.run(["cp", "-a", str(data / name), str(copy / name)], check=True)
    stamps = copy / "prepared.json"
    stamps.write_text(stamps.read_text().replace(str(source), str(target)))


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
