"""
How long a newcomer waits, and how much memory the idle portal takes.

Clones this repository to a temporary folder, runs `make run` there twice, and prints seconds
to the first usable page, seconds of the second start, and the memory of all processes after a
minute of rest (PSS: shared pages counted once). Goals: 180 s, 10 s, 500 MB.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REST = 60.0  # seconds before memory is read
LONGEST = 600.0  # seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """Run `make run`; return the process and the seconds until the sign-in page came."""
    began = time.monotonic()
    environment = {**os.environ, "PORT": str(port)}
    process = subprocess.Popen(
        ["make", "run"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while time.monotonic() - began < LONGEST:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=2) as page:
                page.read()
            return process, time.monotonic() - began
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("The portal did not start.")


def stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)


def memory_of(root: int) -> dict[str, float]:
    """Return MB of proportional memory by command, for a process and all that it started."""
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    found: dict[str, float] = {}
    for pid in parents:
        if root not in _line_of(pid, parents):
            continue
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        found[f"{pid} {command[-70:]}"] = kilobytes / 1024
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return None


def _line_of(pid: int, parents: dict[int, int]) -> set[int]:
    """The process, its parent, and so on up."""
    line: set[int] = set()
    while pid in parents and pid not in line:
        line.add(pid)
        pid = parents[pid]
    return line


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        port = free_port()
        process, first = start(folder, port)
        stop(process)
        process, second = start(folder, port)
        time.sleep(REST)
        memory = memory_of(process.pid)
        stop(process)
    for command, megabytes in sorted(memory.items(), key=lambda row: -row[1]):
        print(f"  {megabytes:7.1f} MB  {command}")
    print(f"first start   {first:7.1f} s   goal <= 180 s")
    print(f"second start  {second:7.1f} s   goal <= 10 s")
    print(f"idle memory   {sum(memory.values()):7.1f} MB  goal <= 500 MB")
    sys.exit(0)


if __name__ == "__main__":
    main()
