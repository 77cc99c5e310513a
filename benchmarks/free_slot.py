"""
How long the next times that fit a change take to be found among all that is planned.

5,000 open changes of 100 services over 90 days, 200 permitted times that come again, 20
freezes, and services that depend on each other, on the database that `DATABASE_URL` names. The
service that most of it is about is asked for. Goal: 1 s. Beside it stands a bare read of the
same rows, since absolutes move with the machine.
"""

import tempfile
from pathlib import Path

from tests.house import Portal


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(Path(folder) / "data", {})
        portal.manage("prepare")
        print(portal.manage("shell", "-c", "from benchmarks.planned import measure; measure()"))


if __name__ == "__main__":
    main()
