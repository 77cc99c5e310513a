"""Markdown in, safe HTML out, with whatever it may cost: the caller sets the limits."""

import unicodedata
from typing import TypedDict

from markdown import Markdown

from .blocks import Refused
from .clean import Options, cleaner
from .outline import Outline
from .pictures import Pictures
from .tree import Gfm

LONGEST_HTML = 2_000_000  # characters; references can make much out of little


class Answer(TypedDict):
    """Safe HTML, its headings as (level, anchor, text), and its words without any mark."""

    html: str
    headings: list[tuple[int, str, str]]
    words: str


def render(source: str, options: Options) -> Answer:
    """Raise `Refused` for a text that costs too much."""
    md = Markdown(extensions=[Gfm()])
    md.treeprocessors.register(Pictures(options), "pictures", -0.5)
    drawn = md.convert(normalised(source))
    if len(drawn) > LONGEST_HTML:
        raise Refused("output", 0)
    outline = md.treeprocessors["outline"]
    assert isinstance(outline, Outline)
    return {
        "html": cleaner(options).clean(drawn),
        "headings": [
            (level, options.prefix + anchor, text) for level, anchor, text in outline.headings
        ],
        "words": outline.words,
    }


def normalised(source: str) -> str:
    """
    Return the text with one kind of line end, composed (NFC), without what no text holds.

    U+0002 and U+0003 go because Python-Markdown marks its own places with them.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return unicodedata.normalize("NFC", text.replace("\x02", "").replace("\x03", ""))
