"""What tests that start real programs share: a clean environment, ports, and patience."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

Found = TypeVar("Found")


def environment(**ours: str) -> dict[str, str]:
    """What an operator's shell has, without what this test run has set for itself."""
    foreign = {"DATABASE_URL", "DATA_DIR", "PORT", "HOST", "DEMO", "DJANGO_SETTINGS_MODULE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in foreign and not name.startswith("EVENKEEL_")
    }
    return kept | ours


def free_port() -> int:
    """A port that nobody listens on, below those that connections are given."""
    for port in range(18_000 + os.getpid() % 2000, 30_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("No port is free.")


def status_of(url: str) -> int:
    """The status that `url` answers with, or 0 when nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_for(what: Callable[[], Found], *, seconds: float) -> Found:
    """Ask again and again until the answer is truthy; give back the last one in any case."""
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def children_of(pid: int) -> dict[int, str]:
    """The processes that `pid` has started and that still live: number to command line."""
    listing = subprocess.run(
        ["ps", "-ww", "-e", "-o", "pid=,ppid=,stat=,args="],
        capture_output=True,
        check=True,
        text=True,
        cwd=settings.BASE_DIR,
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return {
        int(row[0]): row[3]
        for row in rows
        if len(row) > 3 and int(row[1]) == pid and "Z" not in row[2]
    }
