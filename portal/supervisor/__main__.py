"""
Run a whole Evenkeel: web, worker, beat and pager, each restarted when it dies.

    python -m portal.supervisor [--dev]

Reads PORT (8000), HOST (127.0.0.1), DATA_DIR (data) and DEMO (1) from the environment.
Ctrl-C or SIGTERM stops all of it within seconds; a second one does so at once.
"""

import argparse
import select
import signal
import sys
import time
from typing import Any

from portal.probe import status
from portal.supervisor.child import Child, signal_group, start
from portal.supervisor.home import CODE, CannotStart, Home, check_port, move_in, read_home
from portal.supervisor.programs import prepare, programs

TICK = 0.25  # seconds
HEAD_START = 5.0  # seconds that the web process has for itself, at most
PATIENCE = 60.0  # seconds after which a silent web process is worth a word


def main() -> int:
    """Return the exit code: 0 after a wanted stop, 1 when it could not start."""
    parser = argparse.ArgumentParser(prog="portal.supervisor", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--dev", action="store_true", help="reload on change; debug toolbar")
    options = parser.parse_args()
    try:
        home = read_home(dev=options.dev)
        move_in(home)
        check_port(home)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    return Supervisor(home).run()


class Supervisor:
    """One thread that starts, listens, restarts and stops."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.children = [
            Child(program, home.environment, self.say) for program in programs(home)
        ]
        self.signals = 0
        self._live = False
        self._started_at = self._silent_since = 0.0
        self._changed_at = newest_change() if home.dev else 0.0

    def run(self) -> int:
        signal.signal(signal.SIGINT, self.note_signal)
        signal.signal(signal.SIGTERM, self.note_signal)
        if code := self.get_ready():
            return 0 if self.signals else code
        self._started_at = self._silent_since = time.monotonic()
        while not self.signals:
            for child in self.children if self.web_had_its_turn() else self.children[:1]:
                child.keep_running()
            self.listen()
            self.greet()
            if self.home.dev:
                self.reload()
        self.stop()
        return 0

    def note_signal(self, *_: Any) -> None:
        self.signals += 1

    def say(self, name: str, line: str) -> None:
        print(f"{name:<8} | {line}", flush=True)

    def get_ready(self) -> int:
        """Bring database and static files up to the code; return the exit code of that."""
        process = start(prepare(self.home), self.home.environment)
        while process.poll() is None:
            if self.signals:
                signal_group(process, signal.SIGTERM)
                process.wait()
            time.sleep(0.05)
        if process.returncode and not self.signals:
            print("Evenkeel could not be prepared; the reason stands above.", file=sys.stderr)
        return process.returncode

    def web_had_its_turn(self) -> bool:
        """Whether the others may start: all at once would delay the first page."""
        return self._live or time.monotonic() - self._started_at > HEAD_START

    def listen(self) -> None:
        """Wait a moment for words of the children, and pass them on."""
        outputs = [child.output for child in self.children if child.output is not None]
        select.select(outputs, [], [], TICK)
        for child in self.children:
            child.relay()
        if len(outputs) < len(self.children):  # one is away: do not spin on the others
            time.sleep(TICK / 5)

    def greet(self) -> None:
        """Print the address once the web process answers."""
        if self._live:
            return
        self._live = answers(self.home)
        if self._live:
            print(f"\nEvenkeel runs at {self.home.site}/  (stop it with Ctrl-C)\n", flush=True)
        elif time.monotonic() - self._silent_since > PATIENCE:
            self._silent_since = time.monotonic()
            self.say("evenkeel", "web does not answer yet; its lines above may say why.")

    def reload(self) -> None:
        """After a change of the code, start anew what does not look after that itself."""
        changed_at = newest_change()
        if changed_at == self._changed_at:
            return
        self._changed_at = changed_at
        self.say("evenkeel", "The code changed; worker, beat and pager start again.")
        for child in self.children:
            if not child.program.reloads_itself:
                self.end(child)

    def stop(self) -> None:
        self.say("evenkeel", "Stopping.")
        for child in self.children:
            self.end(child)
        self.say("evenkeel", "Stopped.")

    def end(self, child: Child) -> None:
        """Let it finish what it has in hand; kill it at its deadline, or when told twice."""
        child.terminate()
        deadline = time.monotonic() + child.program.grace
        while child.is_running and time.monotonic() < deadline and self.signals < 2:
            self.listen()
        if child.is_running:
            self.say("evenkeel", f"{child.name} did not end in time and is killed.")
        child.kill()


def answers(home: Home) -> bool:
    """Whether the web process answers; a host name that it refuses is an answer, too."""
    host = "127.0.0.1" if home.host in {"0.0.0.0", "localhost"} else home.host  # noqa: S104
    found = status("/health/live", host=host, port=home.port, site=home.site, timeout=1)
    return 200 <= found < 500


def newest_change() -> float:
    """When a file of our code was last written."""
    newest = 0.0
    for app in ("portal", "operations", "knowledge", "maintenance", "incidents"):
        for path in (CODE / app).rglob("*.py"):
            newest = max(newest, path.stat().st_mtime)
    return newest


if __name__ == "__main__":
    sys.exit(main())
