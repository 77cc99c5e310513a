"""
Where in a shell command a place for a value stands, and how a value is written there.

A value comes out as exactly one word, or as part of the one word around it, whatever it holds:
outside quotes by quoting it; inside quotes by ending them, quoting, and beginning them
again. In places that this reader cannot judge (a here-document, a backtick, `${...}`) only
values are let in that mean the same everywhere.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

SHELLS = {"", "bash", "sh", "shell", "zsh", "ksh", "dash"}
CONSOLES = {"console", "shell-session", "sh-session"}
PROMPT = re.compile(r"[ \t]*(?:[\w.@~:/-]*[$#%]|>)[ \t]")
# No comma, which parts words in braces, and no "=" in front, which zsh looks up.
PLAIN = re.compile(r"[A-Za-z0-9_@%+:./-][A-Za-z0-9_@%+=:./-]*", re.ASCII)
HEREDOC = re.compile(r"<<(?!<)")


class Place(StrEnum):
    """What surrounds a place for a value."""

    BARE = "bare"  # outside of quotes
    SINGLE = "single"
    DOUBLE = "double"
    UNSURE = "unsure"  # only what needs no quotes
    OTHER = "other"  # another language: what needs no quotes, or what a pattern allows
    WORDS = "words"  # no command at all, such as the answer in a console


def is_plain(value: str) -> bool:
    """Whether a value means the same with and without quotes."""
    return PLAIN.fullmatch(value) is not None


def written(value: str, place: Place) -> str | None:
    """Return the value as it is written in that place; None where it cannot be."""
    if place == Place.WORDS or is_plain(value):
        return value
    quotes = {Place.BARE: "", Place.SINGLE: "'", Place.DOUBLE: '"'}.get(place)
    return None if quotes is None else f"{quotes}{_quoted(value)}{quotes}"


def _quoted(value: str) -> str:
    inner = value.replace("'", "'\"'\"'")
    return f"'{inner}'"


def places(code: str, token: re.Pattern[str], language: str) -> list[Place]:
    """Return the place of each token in a block of code, in order."""
    language = language.lower()
    if language in SHELLS:
        return list(_Reader(code, token).places())
    if language in CONSOLES:
        return [place for line in code.split("\n") for place in _in_console(line, token)]
    return [Place.OTHER for _ in token.finditer(code)]


def _in_console(line: str, token: re.Pattern[str]) -> Iterator[Place]:
    prompt = PROMPT.match(line)
    if prompt is None:
        yield from (Place.WORDS for _ in token.finditer(line))
    else:
        yield from _Reader(line[prompt.end() :], token).places()


class _Reader:
    """Reads shell code once, and knows at each token which quotes are open."""

    def __init__(self, code: str, token: re.Pattern[str]) -> None:
        self.code, self.token = code, token
        self.open: list[str] = []  # of ' " $( ( ` ${ in the order in which they were opened
        self.is_lost = False

    def places(self) -> Iterator[Place]:
        at = 0
        while at < len(self.code):
            found = self.token.match(self.code, at)
            if found:
                yield self._place(at)
                at = found.end()
            else:
                at = self._step(at)

    def _place(self, at: int) -> Place:
        if self.is_lost or "`" in self.open or "${" in self.open or self._is_escaped(at):
            return Place.UNSURE
        innermost = self.open[-1] if self.open else ""
        return {"'": Place.SINGLE, '"': Place.DOUBLE}.get(innermost, Place.BARE)

    def _is_escaped(self, at: int) -> bool:
        """Whether what stands before changes what the value's first sign means."""
        return self.code[at - 1 : at] in {"\\", "$"} and self.open[-1:] != ["'"]

    def _step(self, at: int) -> int:
        """Read what stands at `at`, and return where to read on."""
        innermost = self.open[-1] if self.open else ""
        if innermost == "'":
            return self._in_single(at)
        if self.code[at] == "\\":
            return self._behind_backslash(at)
        return self._in_double(at) if innermost == '"' else self._outside(at)

    def _behind_backslash(self, at: int) -> int:
        return at + 1 if self.token.match(self.code, at + 1) else at + 2

    def _in_single(self, at: int) -> int:
        if self.code[at] == "'":
            self.open.pop()
        return at + 1

    def _in_double(self, at: int) -> int:
        if self.code[at] == '"':
            self.open.pop()
            return at + 1
        return self._opening(at, ("$(", "${", "`")) or at + 1

    def _outside(self, at: int) -> int:
        character = self.code[at]
        innermost = self.open[-1] if self.open else ""
        if innermost == "`" and character == "`":
            self.open.pop()
            return at + 1
        if (innermost, character) in {("$(", ")"), ("(", ")"), ("${", "}")}:
            self.open.pop()
            return at + 1
        if self._begins_comment(at):
            end = self.code.find("\n", at)
            return self._comment(at, end if end >= 0 else len(self.code))
        if self._cannot_be_followed(at):
            self.is_lost = True
            return at + 1
        return self._opening(at, ("$(", "${", "`", "(", "'", '"')) or at + 1

    def _cannot_be_followed(self, at: int) -> bool:
        """Here-documents, `$'...'` and arithmetic have rules of their own."""
        ahead = self.code[at : at + 3]
        return bool(HEREDOC.match(ahead)) or ahead[:2] in {"$'", '$"', "(("} or ahead == "$(("

    def _begins_comment(self, at: int) -> bool:
        before = self.code[at - 1 : at]
        return self.code[at] == "#" and (not before or before in " \t\n;&|(")

    def _comment(self, at: int, end: int) -> int:
        """Quotes in a comment open nothing; a token there ends it for us, to be placed."""
        token = self.token.search(self.code, at, end)
        if token is None:
            return end
        self.is_lost = True  # what stands in a comment, and behind it, is not judged
        return token.start()

    def _opening(self, at: int, signs: tuple[str, ...]) -> int:
        for sign in signs:
            if self.code.startswith(sign, at):
                self.open.append(sign)
                return at + len(sign)
        return 0
