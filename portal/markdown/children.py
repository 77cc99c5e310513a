"""
The child processes that render: started when first needed, killed when they overrun.

A regular expression holds the interpreter, so a time limit inside this process would not
help. Up to `SIZE` children per process serve one text each at a time; the second starts only
while the first is busy. A child ends by itself when its parent is gone.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .engine import child as protocol

SIZE = 2
LONGEST_QUEUE = 20
WALL_SECONDS = 5.0
QUEUE_SECONDS = 10.0  # two overruns of those in front
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from engine.child import main; main(int(sys.argv[2]))"
)
# A child handles hostile text: it is told nothing of our environment that it does not need.
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT")


class RenderingFailed(Exception):
    """There is no answer; `code` is `busy`, `over_budget` or `crashed`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Child:
    """One rendering process and the socket that leads to it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-P", "-c", START, _here(), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer; after a `RenderingFailed` the child is of no more use."""
        line = _TimedLine(self._line, time.monotonic() + WALL_SECONDS)
        try:
            protocol.send(line, request)
            answer: dict[str, Any] = protocol.receive(line)
        except TimeoutError:
            raise RenderingFailed("over_budget") from None
        except (OSError, EOFError):
            ended = self.end()
            code = "over_budget" if ended == -signal.SIGVTALRM else "crashed"
            raise RenderingFailed(code) from None
        return answer

    def end(self) -> int:
        """Close the line, see the process off, and return how it ended."""
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=0.2)
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """Let go of a child that belongs to the process we were forked from."""
        self._line.close()
        self._process.returncode = 0  # not ours to wait for


class _TimedLine:
    """A socket whose every call ends by one moment."""

    def __init__(self, line: socket.socket, ends_at: float) -> None:
        self._line = line
        self._ends_at = ends_at

    def sendall(self, data: bytes) -> None:
        self._timed().sendall(data)

    def recv(self, count: int) -> bytes:
        return self._timed().recv(count)

    def _timed(self) -> socket.socket:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(left)
        return self._line


class Children:
    """All children of this process; safe to use from any thread."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(SIZE)
        self._lock = threading.Lock()
        self._waiting = 0
        self._all: set[Child] = set()
        self._free: list[Child] = []

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raise `RenderingFailed` when there is no answer in time."""
        with self._slot():
            child = self._take()
            try:
                answer = child.ask(request)
            except BaseException:  # also what interrupts us: the line is out of step
                self._drop(child)
                raise
            with self._lock:
                self._free.append(child)
            return answer

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._lock:
            if self._waiting >= LONGEST_QUEUE:
                raise RenderingFailed("busy")
            self._waiting += 1
        try:
            entered = self._slots.acquire(timeout=QUEUE_SECONDS)
        finally:
            with self._lock:
                self._waiting -= 1
        if not entered:
            raise RenderingFailed("busy")
        try:
            yield
        finally:
            self._slots.release()

    def _take(self) -> Child:
        while free := self._pop():
            if free.is_alive:
                return free
            self._drop(free)
        try:
            child = Child()
        except OSError as error:  # no process or descriptor is left
            raise RenderingFailed("crashed") from error
        with self._lock:
            self._all.add(child)
        return child

    def _pop(self) -> Child | None:
        with self._lock:
            return self._free.pop() if self._free else None

    def _drop(self, child: Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.end()

    def end(self) -> None:
        """See every child off; for the end of this process."""
        for child in list(self._all):
            self._drop(child)
        self._free.clear()

    def forget(self) -> None:
        for child in self._all:
            child.forget()


def _here() -> str:
    return str(Path(__file__).resolve().parent)


children = Children()


def _after_fork() -> None:
    """Begin anew in a forked process: locks may be held, and the children are not ours."""
    global children
    children.forget()
    children = Children()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(lambda: children.end())


def ask(request: dict[str, Any]) -> dict[str, Any]:
    """Ask the children of this process; raise `RenderingFailed` when no answer comes."""
    return children.ask(request)
