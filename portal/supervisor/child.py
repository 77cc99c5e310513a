"""One program that is kept running."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from portal.supervisor.home import CODE
from portal.supervisor.programs import Program

LONGEST_WAIT = 30.0  # seconds between two starts
LIVED_WELL = 60.0  # seconds after which a failure counts as the first again
_PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>

Say = Callable[[str, str], None]


def tie_to_parent() -> None:
    """Have Linux end this process when the one that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    command: tuple[str, ...], environment: dict[str, str], *, output: int | None = None
) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, where the terminal's Ctrl-C does not reach."""
    return subprocess.Popen(
        command,
        cwd=CODE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=tie_to_parent,
    )


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to what is left of its group, which may be nothing."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class Child:
    """A program, its process of the moment, and its words, line by line."""

    def __init__(self, program: Program, environment: dict[str, str], say: Say) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = environment
        self._say = say
        self._starts_at = 0.0
        self._started_at = 0.0
        self._failures = 0
        self._rest = b""

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def output(self) -> int | None:
        """The descriptor to read its words from, while there is one."""
        stream = self.process.stdout if self.process else None
        return None if stream is None or stream.closed else stream.fileno()

    def keep_running(self) -> None:
        """Start it when it does not run and its wait is over."""
        if self.process is not None and not self.is_running:
            self._note_the_end()
        if self.process is None and time.monotonic() >= self._starts_at:
            self._started_at = time.monotonic()
            self.process = start(
                self.program.command, self._environment, output=subprocess.PIPE
            )
            os.set_blocking(self.output or 0, False)

    def relay(self) -> None:
        """Pass on the whole lines that it has written since."""
        output = self.output
        if output is None:
            return
        try:
            read = os.read(output, 65536)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + read).split(b"\n")
        if not read and self.process and self.process.stdout:  # it has closed its output
            self.process.stdout.close()
            lines, self._rest = [self._rest], b""
        for line in lines:
            if line.strip():
                self._say(self.name, line.decode(errors="replace").rstrip())

    def terminate(self) -> None:
        """Ask it to end; the leader tells the rest of its group."""
        if self.process is not None and self.is_running:
            self.process.terminate()

    def kill(self) -> None:
        """End what is left of it at once, and forget it."""
        if self.process is None:
            return
        signal_group(self.process, signal.SIGKILL)
        self.process.wait()
        self.relay()
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None

    def _note_the_end(self) -> None:
        code = self.process.returncode if self.process else 0
        self.kill()  # what it started must not hold its port or its work
        lived_well = time.monotonic() - self._started_at > LIVED_WELL
        self._failures = 0 if lived_well else min(self._failures + 1, 6)
        wait = min(2.0 ** max(self._failures - 1, 0), LONGEST_WAIT)
        self._starts_at = time.monotonic() + wait
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self._say("evenkeel", f"{self.name} {how}; it starts again in {wait:.0f} s.")
