"""In which line of a text something stands, said once for each time that it stands there."""

from bisect import bisect_right
from collections.abc import Iterator
from urllib.parse import unquote

MOST = 500  # different addresses that are looked for; a document has fewer


class Lines:
    """Finds the next line that has an address, from the top and each only once."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.starts = [0, *(at + 1 for at in _places(body, "\n"))]
        self._found: dict[str, list[int]] = {}

    def next_of(self, words: str) -> int:
        """Return the number of the line, from 1; the last one again, or 0 if there is none."""
        if words not in self._found:
            self._found[words] = self._all(words)[::-1] if len(self._found) < MOST else []
        numbers = self._found[words]
        return numbers.pop() if len(numbers) > 1 else (numbers or [0])[0]

    def _all(self, words: str) -> list[int]:
        """Marks of Markdown stand before most addresses; else wherever the words stand."""
        marks = [f"({words}", f"<{words}", f": {words}", f"({unquote(words)}"]
        found = sorted({at for mark in marks for at in _places(self.body, mark)})
        return [bisect_right(self.starts, at) for at in found or _places(self.body, words)]


def _places(body: str, words: str) -> Iterator[int]:
    at = body.find(words)
    while words and at >= 0:
        yield at
        at = body.find(words, at + len(words))
