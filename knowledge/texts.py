"""Words that people write, checked once when they are saved and drawn once for all readers."""

import html as markup
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from portal.markdown import (
    RENDERER_VERSION,
    Heading,
    MarkdownRefused,
    render,
    render_or_refuse,
)

HEADING = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
FEWEST_CONTENTS, MOST_CONTENTS = 3, 20  # headings that a list of them helps with


def normalised(body: str) -> str:
    """Return the text as it is kept: LF, composed characters, one newline at the end."""
    lines = unicodedata.normalize("NFC", body).replace("\r\n", "\n").replace("\r", "\n")
    return lines.rstrip() + "\n"


def check_body(body: str) -> None:
    """Raise `ValidationError`, with the line to blame, for a text that cannot be drawn."""
    try:
        render_or_refuse(normalised(body))
    except MarkdownRefused as refused:
        raise ValidationError(str(refused), refused.code) from refused


def kept_html(html: str, renderer: str, body: str) -> SafeString:
    """Return what was drawn when the text was saved, or draw it as the rules are today."""
    if renderer == RENDERER_VERSION:
        return mark_safe(html)  # noqa: S308 (our own renderer wrote it, by today's rules)
    return render(body)


def contents_of(html: str) -> list[Heading]:
    """
    Return the headings of a drawn text that part it: of its highest levels, so many as help.

    A heading that is the only one of the highest level is a title and parts nothing.
    """
    headings = [
        Heading(int(level), anchor, markup.unescape(strip_tags(inner)))
        for level, anchor, inner in HEADING.findall(html)
    ]
    levels = sorted({heading.level for heading in headings})
    if levels and sum(heading.level == levels[0] for heading in headings) == 1:
        del levels[0]
    found: list[Heading] = []
    for count in range(1, len(levels) + 1):
        more = [heading for heading in headings if heading.level in levels[:count]]
        if len(more) > MOST_CONTENTS:
            break
        found = more
        if len(found) >= FEWEST_CONTENTS:
            break
    return found if len(found) >= FEWEST_CONTENTS else []
