"""Where one embedded Evenkeel lives: its port, its folder, and who may use them."""

import errno
import fcntl
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]


class CannotStart(Exception):
    """What stands in the way and what to do about it, in one sentence each."""


@dataclass(frozen=True)
class Home:
    """What `make run` was told. `data` is absolute; `site` is the address without a slash."""

    host: str
    port: int
    data: Path
    demo: bool
    dev: bool
    site: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this home."""
        ours = {
            "DATA_DIR": str(self.data),
            "EVENKEEL_SITE_URL": self.site,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc keeps less memory back for each thread
        }
        debug = {"EVENKEEL_DEBUG": "1", "EVENKEEL_TOOLBAR": "1"} if self.dev else {}
        return {**os.environ, **ours, **debug}


def read_home(*, dev: bool) -> Home:
    """Read PORT, HOST, DATA_DIR, DEMO and EVENKEEL_SITE_URL, or raise `CannotStart`."""
    given = os.environ.get("PORT") or "8000"
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 65536):
        raise CannotStart(f"PORT is “{given}”, but must be a number from 1 to 65535.")
    return Home(
        host=os.environ.get("HOST") or "127.0.0.1",
        port=int(given),
        data=Path(os.environ.get("DATA_DIR") or CODE / "data").resolve(),
        demo=os.environ.get("DEMO", "1") not in {"0", "no", "false", ""},
        dev=dev,
        site=(os.environ.get("EVENKEEL_SITE_URL") or f"http://localhost:{given}").rstrip("/"),
    )


def move_in(home: Home) -> int:
    """
    Make the folder and lock it for this process; return the open lock file.

    Raises `CannotStart` when the folder cannot be written or somebody lives in it already.
    """
    try:
        home.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(home.data / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise CannotStart(
            f"The data folder {home.data} cannot be used: {reason}. "
            "Choose another: make run DATA_DIR=some-folder"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        other = os.read(lock, 200).decode() or "started a moment ago"
        os.close(lock)
        raise CannotStart(
            f"Evenkeel runs on {home.data} already ({other}). Stop that one first, or give "
            f"this one its own: make run DATA_DIR=some-folder PORT={home.port + 1}"
        ) from error
    os.truncate(lock, 0)
    os.write(lock, f"process {os.getpid()}, {home.site}".encode())
    return lock


def check_port(home: Home) -> None:
    """Raise `CannotStart` unless the port can be listened on."""
    try:
        _listen(home.host, home.port)
    except OSError as error:
        raise CannotStart(_about_port(home, error)) from error


def _about_port(home: Home, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {home.port} is taken by another program. "
            f"Choose another: make run PORT={_free_port_after(home)}"
        )
    if error.errno == errno.EACCES:
        return f"Port {home.port} is for the system administrator. Try make run PORT=8000"
    reason = error.strerror or error
    return f"Port {home.port} of {home.host} cannot be used: {reason}. Check HOST and PORT."


def _free_port_after(home: Home) -> int:
    for port in range(home.port + 1, min(home.port + 50, 65536)):
        with suppress(OSError):
            _listen(home.host, port)
            return port
    return 8000


def _listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen()
