"""Words that people write, checked once when they are saved and drawn once for all readers."""

import html as markup
import re
import secrets
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from portal.markdown import (
    COMMENT_LIMIT,
    RENDERER_VERSION,
    Heading,
    MarkdownRefused,
    render,
    render_or_refuse,
)
from portal.mentions import calls_in, whoever_may_be_called
from portal.models import User

ID = re.compile(r'<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")*? id="([^"]*)"')
HEADING = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
# Tags as nh3 writes them, and words between them; in these, an @ calls nobody.
PIECES = re.compile(r'(<(?:[^>"]|"[^"]*")*>)')
VERBATIM = re.compile(r"<(?P<end>/?)(?:code|pre|a)(?=[\s>])")
FEWEST_CONTENTS, MOST_CONTENTS = 3, 20  # headings that a list of them helps with


def normalised(body: str) -> str:
    """Return the text as it is kept: LF, composed characters, one newline at the end."""
    lines = unicodedata.normalize("NFC", body).replace("\r\n", "\n").replace("\r", "\n")
    return lines.rstrip() + "\n"


def draw_or_refuse(body: str, *, prefix: str = "s-") -> SafeString:
    """Draw the words of a document, or raise `MarkdownRefused` with the line to blame."""
    return render_or_refuse(body, prefix=prefix, relative=True).html


def drawn(body: str, *, prefix: str = "s-") -> SafeString:
    """Draw the words of a document, or show them as they were written."""
    try:
        return draw_or_refuse(body, prefix=prefix)
    except MarkdownRefused:
        return render(body, prefix=prefix)


def ids_of(html: str) -> set[str]:
    """Return what can be led to in a drawn text."""
    return set(ID.findall(html))


def check_body(body: str) -> None:
    """Raise `ValidationError`, with the line to blame, for a text that cannot be drawn."""
    try:
        draw_or_refuse(normalised(body))
    except MarkdownRefused as refused:
        raise ValidationError(str(refused), refused.code) from refused


def kept_html(html: str, renderer: str, body: str) -> SafeString:
    """Return what was drawn when the text was saved, or draw it as the rules are today."""
    if renderer == RENDERER_VERSION:
        return mark_safe(html)  # noqa: S308 (our own renderer wrote it, by today's rules)
    return drawn(body)


def sections_of(html: str) -> list[Heading]:
    """Return every heading of a drawn text."""
    return [
        Heading(int(level), anchor, markup.unescape(strip_tags(inner)))
        for level, anchor, inner in HEADING.findall(html)
    ]


def contents_of(html: str) -> list[Heading]:
    """
    Return the headings of a drawn text that part it: of its highest levels, so many as help.

    A heading that is the only one of the highest level is a title and parts nothing.
    """
    headings = sections_of(html)
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


def with_mentions(html: str, people: list[User] | None = None) -> tuple[SafeString, list[User]]:
    """
    Return drawn words with the name of everybody called marked, and who they are.

    What stands in code or in a link calls nobody.
    """
    everybody = whoever_may_be_called(html) if people is None else people
    if not everybody:
        return mark_safe(html), []  # noqa: S308 (our own renderer wrote it)
    drawn, called, verbatim = [], {}, 0
    for piece in PIECES.split(html):
        if found := VERBATIM.match(piece):
            verbatim += -1 if found["end"] else 1
        if piece.startswith("<") or verbatim:
            drawn.append(piece)
            continue
        at = 0
        for call in calls_in(piece, everybody):
            called[call.person.pk] = call.person
            name = f'<span class="mention">{piece[call.start : call.end]}</span>'
            drawn += [piece[at : call.start], name]
            at = call.end
        drawn.append(piece[at:])
    # Only spans of ours were put around words that the renderer wrote as text.
    return mark_safe("".join(drawn)), list(called.values())  # noqa: S308


def drawn_comment(text: str) -> SafeString:
    """
    Draw what somebody says, with headings and footnotes that no other text on the page has.

    Raises `MarkdownRefused` for a text that cannot be drawn.
    """
    prefix = f"c-{secrets.token_hex(4)}-"
    return with_mentions(render_or_refuse(text, limit=COMMENT_LIMIT, prefix=prefix).html)[0]


def check_comment(text: str) -> None:
    """Raise `ValidationError` for words that cannot be drawn."""
    try:
        render_or_refuse(text, limit=COMMENT_LIMIT)
    except MarkdownRefused as refused:
        raise ValidationError(str(refused), refused.code) from refused


def words_of(html: str) -> str:
    """Return the words of drawn text in one line."""
    return " ".join(markup.unescape(strip_tags(html)).split())


def squeezed(html: str) -> str:
    """Return the words of drawn text without any space, in which a quote is found again."""
    return words_of(html).replace(" ", "")
