"""
The programs of an embedded home.

docker-compose.yml starts the same ones with other numbers. They are listed in the order in
which they are stopped: the door closes first, and who pages people goes last.
"""

import sys
from dataclasses import dataclass

from portal.supervisor.home import CODE, Home

PYTHON = sys.executable
MANAGE = (PYTHON, str(CODE / "manage.py"))
# `prepare` has made the checks already; each process would load every page for them again.
CELERY = (PYTHON, "-m", "celery", "--app", "portal", "--skip-checks", "--quiet", "--no-color")


@dataclass(frozen=True)
class Program:
    """`grace` is the time in seconds that it gets to end by itself."""

    name: str
    command: tuple[str, ...]
    grace: float
    reloads_itself: bool = False


def prepare(home: Home) -> tuple[str, ...]:
    """The command that brings database and static files up to the code."""
    return (*MANAGE, "prepare", *(["--demo"] if home.demo else []))


def programs(home: Home) -> list[Program]:
    """Every program of this home, in the order of stopping."""
    web = Program("web", _web(home), grace=5, reloads_itself=home.dev)
    beat = Program("beat", (*CELERY, "beat", "--pidfile="), grace=8)
    # One task at a time in one process: 85 MB less than a pool of one beside its parent.
    pool = ("--pool", "solo")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    worker = Program("worker", (*CELERY, "worker", *pool, *quiet), grace=10)
    pager = Program("pager", (*MANAGE, "pager", "--skip-checks"), grace=12)
    return [web, beat, worker, pager]


def _web(home: Home) -> tuple[str, ...]:
    if home.dev:
        return (*MANAGE, "runserver", f"{home.host}:{home.port}")
    return (
        *(PYTHON, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--host", home.host, "--port", str(home.port), "--log-level", "warning"),
        *("--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "4", "portal.wsgi:application"),
    )
