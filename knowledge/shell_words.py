"""
Where in a shell command a place for a value stands, and how a value is written there.

A value comes out as exactly one word, or as part of the one word around it, whatever it holds:
outside quotes by quoting it; inside quotes by ending them, quoting, and beginning them
again. In places that this reader cannot judge (a here-document, a backtick, `${...}`, whatever
stands beside a program that reads its words as code once more) only values are let in that
mean the same everywhere.
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
# Programs that hand their words to a second shell or to another language.
READS_AGAIN = (
    "alias|ash|autossh|awk|bash|clush|dash|declare|eval|fish|flock|gawk|ksh|let|local|make"
    "|mariadb|mawk|mosh|mysql|parallel|pdsh|perl|psql|pssh|python[0-9.]*|rsh|ruby|runuser|scp"
    r"|screen|script|sed|sftp|sg|sh|\$\{?SHELL|sqlite3|ssh|su|tmux|trap|typeset|unset|watch|xargs"
    "|zsh"
)
# Where the reading of quotes has rules of its own, for the whole of a command.
BEYOND = re.compile(
    rf"(?<![\w.-])(?:{READS_AGAIN}|case|esac)(?![\w/-])"
    r"|\[\[|\w\[|\$\[|(?:\[|test|printf)[ \t]+-v|env[ \t]+-S|\|[ \t]*(?:at|batch)\b"
    r"|[$<(]\\\n",
    re.IGNORECASE,
)
QUOTES = frozenset("'\"`")


class Place(StrEnum):
    """What surrounds a place for a value."""

    BARE = "bare"  # outside of quotes
    SINGLE = "single"
    DOUBLE = "double"
    UNSURE = "unsure"  # only what needs no quotes
    OTHER = "other"  # another language: what needs no quotes, or what a pattern allows
    WORDS = "words"  # no command at all


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
        return list(_Reader(token, is_lost=BEYOND.search(code) is not None).read(code))
    if language in CONSOLES:
        return list(_in_console(code, token))
    return [Place.OTHER for _ in token.finditer(code)]


def _in_console(code: str, token: re.Pattern[str]) -> Iterator[Place]:
    """Lines with a prompt are read as one text; the others go on with it, or are an answer."""
    lines = [(PROMPT.match(line), line) for line in code.split("\n")]
    commands = "\n".join(line[prompt.end() :] for prompt, line in lines if prompt)
    reader = _Reader(token, is_lost=BEYOND.search(commands) is not None)
    for prompt, line in lines:
        if prompt:
            yield from reader.read(f"{line[prompt.end() :]}\n")
        elif reader.goes_on:
            yield from (Place.UNSURE for _ in reader.read(f"{line}\n"))
        else:
            yield from (Place.UNSURE for _ in token.finditer(line))


class _Reader:
    """Reads shell code once, and knows at each token which quotes are open."""

    def __init__(self, token: re.Pattern[str], *, is_lost: bool) -> None:
        self.code, self.token = "", token
        self.open: list[str] = []  # of ' " $( ( ` ${ in the order in which they were opened
        self.is_lost = is_lost

    @property
    def goes_on(self) -> bool:
        """Whether the next line still belongs to the command that was read last."""
        return bool(self.open) or self.code.endswith("\\\n")

    def read(self, code: str) -> Iterator[Place]:
        """Read on, from whatever is open, and return the place of each token."""
        self.code = code
        at = 0
        while at < len(code):
            found = self.token.match(code, at)
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
        if self.code.startswith("$((", at):
            self.is_lost = True
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
        """Here-documents, `$'...'`, arithmetic, quotes in `${...}`: rules of their own."""
        ahead = self.code[at : at + 3]
        if self.open[-1:] == ["${"] and ahead[:1] in QUOTES:
            return True
        return bool(HEREDOC.match(ahead)) or ahead[:2] in {"$'", '$"', "(("} or ahead == "$(("

    def _begins_comment(self, at: int) -> bool:
        before = self.code[at - 1 : at]
        return self.code[at] == "#" and (not before or before in " \t\n;&|()<>`")

    def _comment(self, at: int, end: int) -> int:
        """
        Read a comment, whose quotes open nothing, except in the zsh of whoever pastes it.

        A token there ends it for us, to be placed.
        """
        self.is_lost = self.is_lost or not QUOTES.isdisjoint(self.code[at:end])
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
