"""In which line of a text something stands, said once for each time that it stands there."""

from urllib.parse import unquote


class Lines:
    """Finds the next line that has an address, from the top and each only once."""

    def __init__(self, body: str) -> None:
        self.lines = body.split("\n")
        self._found: dict[str, list[int]] = {}

    def next_of(self, words: str) -> int:
        """Return the number of the line, from 1; the last one again, or 0 if there is none."""
        if words not in self._found:
            self._found[words] = self._all(words)
        numbers = self._found[words]
        return numbers.pop(0) if len(numbers) > 1 else (numbers or [0])[0]

    def _all(self, words: str) -> list[int]:
        marked = [f"({words}", f"<{words}", f": {words}", f"({unquote(words)}"]
        for wanted in (marked, [words]):
            found = [
                number
                for number, line in enumerate(self.lines, start=1)
                for _each in range(max(line.count(mark) for mark in wanted))
            ]
            if found:
                return found
        return []
