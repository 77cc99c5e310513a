"""
How long a search takes among many documents, on the database that `DATABASE_URL` names.

SEARCH_DOCUMENTS documents (10,000) of about 400 words in twenty spaces, of which the person who
asks may read eighteen; the rest of the house beside them. Whole requests of the page with all
results are measured, and of what shows while one types. Goal: p95 of 100 ms, 200 ms at
100,000. How long the index takes to be built stands beside it.
"""

import tempfile
from pathlib import Path

from tests.house import Portal


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(Path(folder) / "data", {})
        portal.manage("prepare")
        code = "from benchmarks.searched import measure; measure()"
        print(portal.manage("shell", "-c", code))


if __name__ == "__main__":
    main()
