"""
What somebody asks for, read from what they typed; never handed to a query language.

`"..."` must stand there as it is, `-word` must not. A long text is pasted rather than typed:
in it neither has a meaning, or a command's `-n` would hide the runbook that holds it.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from portal.search import words

LONGEST = 4000  # characters
MOST_WORDS = 300  # of a pasted text are read
LONG = 12  # words; what is longer is pasted

SIGNED = re.compile(r'(?<!\S)(-?)"([^"]*)"|(?<!\S)-([^\W_]\S*)|(\S+)')


class Phrase(NamedTuple):
    """Words that stand one behind the other."""

    atoms: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    text: str
    atoms: tuple[str, ...] = ()  # the finest words that are asked for, each once
    wholes: tuple[str, ...] = ()  # what they are part of
    in_order: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    # Somebody may still be writing the last word.
    last: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.in_order) > LONG

    @property
    def asks(self) -> bool:
        return bool(self.atoms)


def is_too_much(text: str) -> bool:
    return len(text) > LONGEST


def read(text: str) -> Question:
    text = text.strip()
    if len(text.split()) > LONG:
        return _question(text, text, [], [])
    plain: list[str] = []
    phrases: list[Phrase] = []
    without: list[Phrase] = []
    for minus, quoted, excluded, other in SIGNED.findall(
        text.replace("“", '"').replace("”", '"')
    ):
        if quoted or excluded:
            target = without if minus or excluded else phrases
            target += _phrase(quoted or excluded)
            plain += [] if minus or excluded else [quoted]
        else:
            plain.append(other)
    return _question(text, " ".join(plain), phrases, without)


def _phrase(text: str) -> list[Phrase]:
    atoms = tuple(atom for token in words.tokens(text) for atom in token.atoms)
    return [Phrase(atoms)] if atoms else []


def _question(text: str, plain: str, phrases: list[Phrase], without: list[Phrase]) -> Question:
    found = list(words.tokens(plain))[:MOST_WORDS]
    in_order = [atom for token in found for atom in token.atoms]
    telling = [atom for atom in in_order if atom not in words.STOP_WORDS]
    wholes = dict.fromkeys(whole for token in found for whole in token.wholes)
    is_open = bool(plain) and (plain[-1].isalnum() and not text.endswith('"'))
    return Question(
        text=text,
        atoms=tuple(dict.fromkeys(telling or in_order)),
        wholes=tuple(wholes),
        in_order=tuple(in_order),
        phrases=tuple(phrases),
        without=tuple(without),
        last=in_order[-1] if in_order and is_open else "",
    )
