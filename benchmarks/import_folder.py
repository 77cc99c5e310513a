"""
How long a folder takes to come in, be found, and go out, on the database of `DATABASE_URL`.

FOLDER_FILES (400) varied Markdown files with pictures: checked, written and published, found by
words of the last one, exported, and given out as a git repository. Goal: found within a minute
of being sent.
"""

import tempfile
from pathlib import Path

from tests.house import Portal


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(Path(folder) / "data", {})
        portal.manage("prepare")
        code = "from benchmarks.brought_in import measure; measure()"
        print(portal.manage("shell", "-c", code))


if __name__ == "__main__":
    main()
