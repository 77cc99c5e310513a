"""
Hostile values, written for this project; each is tried at every place that takes its kind.

One value per line; `#` begins a comment, and Python's escapes stand for what cannot be seen.
"""

from pathlib import Path

HERE = Path(__file__).parent


def corpus(name: str) -> list[str]:
    """Return the values of one file, in its order."""
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [
        line.encode("latin-1", "backslashreplace").decode("unicode_escape")
        for line in lines
        if line and not line.startswith("# ")
    ]
