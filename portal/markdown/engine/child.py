"""
The child's loop: read a text, render it within its means, answer, until the parent is gone.

A message is four bytes of length, then JSON. A text that takes more than its CPU time ends
the process: a pattern that runs away holds the interpreter, so nothing gentler would do.
"""

import contextlib
import json
import resource
import signal
import socket
import struct
from typing import Any, Protocol

from .blocks import Refused
from .clean import Options
from .render import render

CPU_SECONDS = 1.0
MEMORY = 256 * 1024 * 1024  # bytes of address space
LENGTH = struct.Struct("!I")


class Line(Protocol):
    """The two sides of a connection that we use."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, count: int, /) -> bytes: ...


def send(line: Line, message: object) -> None:
    body = json.dumps(message).encode()
    line.sendall(LENGTH.pack(len(body)) + body)


def receive(line: Line) -> Any:
    """Return the next message; raise `EOFError` if the other side is gone."""
    (length,) = LENGTH.unpack(_exactly(line, LENGTH.size))
    return json.loads(_exactly(line, length))


def _exactly(line: Line, count: int) -> bytes:
    pieces = []
    while count:
        piece = line.recv(min(count, 65536))
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def main(descriptor: int) -> None:
    """Serve the socket with this number until it closes."""
    _limit()
    with socket.socket(fileno=descriptor) as line, contextlib.suppress(EOFError, OSError):
        while True:
            request = receive(line)
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
            answer = _answer(request)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            send(line, answer)
            if answer.get("refused") == "memory":
                return  # what a failed allocation leaves behind is not worth knowing


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the parent goes, then we do
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGVTALRM, signal.SIGTERM})
    for kind, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # a system that knows no such limit
            resource.setrlimit(kind, (value, value))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**render(request["source"], _options(request))}
    except Refused as refused:
        return {"refused": refused.code, "line": refused.line}
    except RecursionError:
        return {"refused": "nesting", "line": 0}
    except MemoryError:
        return {"refused": "memory", "line": 0}
    except Exception as error:
        return {"failed": repr(error)}


def _options(request: dict[str, Any]) -> Options:
    options = Options(**request["options"])
    return options._replace(image_hosts=tuple(options.image_hosts))
