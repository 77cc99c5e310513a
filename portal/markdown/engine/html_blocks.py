"""
Where HTML begins and ends between the lines, as on GitHub; with us it is shown as text.

It matters although we draw none of it: a `#` or a `-` inside is no heading and no list.
"""

import re
from typing import NamedTuple

TAGS_OF_BLOCKS = """
address article aside base basefont blockquote body caption center col colgroup dd
details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2
h3 h4 h5 h6 head header hr html iframe legend li link main menu menuitem nav noframes ol
optgroup option p param section search summary table tbody td tfoot th thead title tr
track ul
"""
BLANK = ""  # ends at a blank line


class Html(NamedTuple):
    """One kind of HTML: how its first line looks, and what ends it."""

    begins: re.Pattern[str]
    ends: str
    interrupts: bool = True  # a paragraph


# No pattern here backtracks over more than one run of characters.
ATTRIBUTE = r"[ \t]+[A-Za-z_:][\w.:-]*(?:=(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?"
KINDS = (
    *(
        Html(re.compile(rf"<{tag}(?=[ \t>]|\Z)", re.IGNORECASE), f"</{tag}>")
        for tag in ("script", "pre", "style", "textarea")
    ),
    Html(re.compile(r"<!--"), "-->"),
    Html(re.compile(r"<\?"), "?>"),
    Html(re.compile(r"<![A-Za-z]"), ">"),
    Html(re.compile(r"<!\[CDATA\["), "]]>"),
    Html(
        re.compile(
            rf"</?(?:{'|'.join(TAGS_OF_BLOCKS.split())})(?=[ \t]|/?>|\Z)", re.IGNORECASE
        ),
        BLANK,
    ),
    Html(
        re.compile(
            rf"<[A-Za-z][A-Za-z0-9-]*(?:{ATTRIBUTE})*[ \t]*/?>\Z|</[A-Za-z][\w-]*[ \t]*>\Z"
        ),
        BLANK,
        interrupts=False,
    ),
)
LONGEST_TAG = 1_000  # characters of a line that may be one whole tag


def begun_by(text: str, *, in_paragraph: bool) -> Html | None:
    """Return the kind of HTML that a line begins, if it begins any."""
    if not text.startswith("<"):
        return None
    for kind in KINDS:
        if in_paragraph and not kind.interrupts:
            continue
        if (kind.interrupts or len(text) <= LONGEST_TAG) and kind.begins.match(text):
            return kind
    return None


def ends(mark: str, text: str) -> bool:
    """Tell whether the line is the last of HTML that ends with this mark."""
    return mark != BLANK and mark.lower() in text.lower()
