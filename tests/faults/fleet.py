"""
The processes of a production home, started one by one so that each can be killed.

Web with two workers, one Celery worker, two pagers and beat, on PostgreSQL and a Redis of
their own. Whatever ends is started again after a moment, as any service manager does.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.house import ROOT, answers, environment_of_a_person, free_port, wait_for

REST = 0.5  # seconds between an end and the next start

MANAGE = (sys.executable, "manage.py")
CELERY = (sys.executable, "-m", "celery", "--app", "portal", "--skip-checks", "--quiet")


class Redis:
    """A broker of our own, so that it can be emptied without harm to anybody else's."""

    def __init__(self) -> None:
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "Install Debian's package redis-server."
        options = ["--port", str(self.port), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [program, *options, "--loglevel", "warning"], stdout=subprocess.DEVNULL
        )

    def flush(self) -> None:
        program = shutil.which("redis-cli")
        assert program
        subprocess.run([program, "-p", str(self.port), "flushall"], check=True, timeout=10)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@dataclass
class Kill:
    """One killed process: which, and when on the clock of this machine (seconds)."""

    program: str
    at: float


@dataclass
class Fleet:
    """A portal whose processes may be killed at any moment."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    kills: list[Kill] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._goes_on = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def programs(self) -> dict[str, tuple[str, ...]]:
        web = (sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1")
        where = ("--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning")
        size = ("--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers")
        pool = ("worker", "--pool", "solo", "--without-gossip", "--without-mingle")
        return {
            "web": (*web, *where, *size, "portal.wsgi:application"),
            "worker": (*CELERY, *pool),
            "pager-1": (*MANAGE, "pager", "--skip-checks"),
            "pager-2": (*MANAGE, "pager", "--skip-checks"),
            "beat": (*CELERY, "beat", "--pidfile="),
        }

    @property
    def environment(self) -> dict[str, str]:
        return {
            **environment_of_a_person(),
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "EVENKEEL_SITE_URL": self.url,
            **self.settings,
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.manage("prepare")
        self._goes_on = True
        self._keeper = threading.Thread(target=self._keep_running, daemon=True)
        self._keeper.start()
        answers(f"{self.url}/health/ready", seconds=120)
        wait_for(self.is_well, seconds=60, what="every process has given a sign of life")

    def stop(self) -> None:
        """Ask every process to end, and wait until it has; once more does no harm."""
        self._goes_on = False
        self._keeper.join(10)
        for process in self._processes.values():
            _end(process, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                _end(process, signal.SIGKILL)

    def kill(self, program: str) -> None:
        """SIGKILL a process with all that it has started."""
        with self._lock:
            process = self._processes.get(program)
            if process is None or process.poll() is not None:
                return
            _end(process, signal.SIGKILL)
            self.kills.append(Kill(program, time.time()))

    def is_well(self) -> bool:
        return all(
            name in self._processes and self._processes[name].poll() is None
            for name in self.programs
        )

    def manage(self, *words: str, told: str | None = None) -> str:
        """Run a management command in this home; return what it printed."""
        run = subprocess.run(
            [*MANAGE, *words],
            cwd=ROOT,
            env=self.environment,
            input=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def log(self, program: str) -> str:
        return (self.folder / f"{program}.log").read_text(errors="replace")

    def _keep_running(self) -> None:
        starts_at = dict.fromkeys(self.programs, 0.0)
        while self._goes_on:
            for name in self.programs:
                with self._lock:
                    process = self._processes.get(name)
                    if process is not None and process.poll() is None:
                        starts_at[name] = time.monotonic() + REST
                    elif time.monotonic() >= starts_at[name]:
                        self._begin(name)
            time.sleep(0.1)

    def _begin(self, name: str) -> None:
        self.starts[name] = self.starts.get(name, 0) + 1
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                self.programs[name],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
    if number == signal.SIGKILL:
        process.wait(10)
