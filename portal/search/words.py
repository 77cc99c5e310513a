"""
How a text becomes words, alike for what is found and for what is asked.

Case and accents are folded. What is written together is kept whole and parted too:
`KubePodCrashLooping` is itself, its parts, and its neighbouring parts joined;
`settings.json` is also `settings` and `json`.
"""

import itertools
import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from portal.models import LONGEST_WORD

RULES = 2  # raise it with any change here: everything is read anew
SHORTEST_STEMMED = 4  # letters

TOKEN = re.compile(r"[^\W_]+(?:[-._/:@+]{1,2}[^\W_]+|_+[^\W_]+)*")
RUN = re.compile(r"[^\W_]+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\da-zA-Z_]+")
APOSTROPHES = re.compile(r"(?<=\w)['’](?=\w)")  # noqa: RUF001 (both are typed)
WITHOUT_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# fmt: off
STOP_WORDS = frozenset([
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "do", "does",
    "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its",
    "me", "my", "no", "not", "of", "on", "or", "our", "so", "such", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "was", "we", "were", "what",
    "when", "where", "which", "who", "why", "will", "with", "you", "your",
])
# fmt: on

_stemmer = snowballstemmer.stemmer("english")
_one_at_a_time = threading.Lock()  # the stemmer keeps what it works on


class Token(NamedTuple):
    """What one piece of text says: `atoms` in order, and the longer `wholes` around them."""

    atoms: tuple[str, ...]
    wholes: tuple[str, ...]


def folded(text: str) -> str:
    """Return the text without accents and joining apostrophes; the case stays."""
    if text.isascii():
        return APOSTROPHES.sub("", text)
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def tokens(text: str) -> Iterator[Token]:
    for piece in TOKEN.findall(folded(text)):
        yield read(piece)


@lru_cache(50_000)
def read(piece: str) -> Token:
    """Return what one folded piece without spaces says."""
    runs = RUN.findall(piece)
    parted = [_parts(run) for run in runs]
    atoms = [part for parts in parted for part in parts]
    wholes = {piece.casefold(), *(run.casefold() for run in runs)}
    for parts in parted:
        wholes |= _neighbours(parts)
    kept = (whole for whole in wholes.difference(atoms) if len(whole) <= LONGEST_WORD)
    return Token(tuple(atom[:LONGEST_WORD] for atom in atoms), tuple(sorted(kept)))


def _parts(run: str) -> list[str]:
    parts = [part.casefold() for part in PART.findall(run)]
    return [bit for part in parts for bit in _bits(part)]


def _bits(part: str) -> list[str]:
    """Scripts without spaces are read by pairs of letters."""
    if len(part) < 3 or not WITHOUT_SPACES.search(part):
        return [part]
    return [part[at : at + 2] for at in range(len(part) - 1)]


def _neighbours(parts: list[str]) -> set[str]:
    """`crashlooping` is looked for where `KubePodCrashLooping` stands."""
    if len(parts) < 3:
        return set()
    pairs = itertools.pairwise(parts)
    return {one + other for one, other in pairs if (one + other).isalpha()}


@lru_cache(50_000)
def stem(word: str) -> str:
    if len(word) < SHORTEST_STEMMED or not (word.isascii() and word.isalpha()):
        return word
    with _one_at_a_time:
        return str(_stemmer.stemWord(word))


def key(text: str) -> str:
    """Return the mark of a whole title, name or identifier, however it is cased and spaced."""
    return "=" + " ".join(folded(text).casefold().split())[: LONGEST_WORD - 1]


def of_service(pk: int) -> str:
    """Return the mark of what is about this service."""
    return f"@service:{pk}"


def joined(word: str) -> str:
    """Return the mark of two words that stand side by side in a title, written as one."""
    return f"+{word}"[:LONGEST_WORD]


def is_word(word: str) -> bool:
    return word[0] not in "=@+"
