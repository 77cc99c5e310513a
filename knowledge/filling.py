"""
A text with the values of its variables in its commands, as HTML.

The text is drawn with a word of ours in each place; afterwards the words are replaced, so no
value is ever read as Markdown or HTML. In shell code a value is written so that it is one word
(`knowledge.shell_words`). A block with a place that cannot be filled says why and is not
copied. Secrets are read from the reader's own shell: they never come near us.
"""

import html as markup
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from knowledge.shell_words import Place, places, written
from knowledge.texts import drawn as draw
from knowledge.variables import USED, Filled

TOKEN = re.compile(r"evkvar((?:[0-9a-f]{2}){1,40})x")
BLOCK = re.compile(r"<pre><code(?: class=\"language-([^\"]*)\")?>(.*?)</code></pre>", re.DOTALL)
CODE = re.compile(r"<code>(.*?)</code>", re.DOTALL)
TAG = re.compile(r"(<(?:[^<>\"]|\"[^\"]*\")*>)")


def has_variables(text: str) -> bool:
    return USED.search(text) is not None


def filled_html(text: str, values: Iterable[Filled], *, prefix: str = "s-") -> SafeString:
    """Return the text as safe HTML with its variables filled and marked."""
    drawn = draw(USED.sub(_token, text), prefix=prefix)
    known = {value.variable.name: value for value in values}
    parts: list[str] = []
    at = 0
    for block in BLOCK.finditer(drawn):
        parts += [_words(drawn[at : block.start()], known), _block(block, known)]
        at = block.end()
    parts.append(_words(drawn[at:], known))
    return mark_safe("".join(parts))  # noqa: S308 (our renderer's; values are escaped)


def _token(match: re.Match[str]) -> str:
    return f"evkvar{match[1].encode().hex()}x"


def _name(token: re.Match[str]) -> str:
    return bytes.fromhex(token[1]).decode(errors="replace")


Known = Mapping[str, Filled]


def _words(drawn: str, known: Known) -> str:
    """Fill what stands outside of blocks; code within a line is written as in a shell."""
    parts: list[str] = []
    at = 0
    for code in CODE.finditer(drawn):
        parts.append(_text(drawn[at : code.start()], known))
        parts.append(f"<code>{_code(code[1], '', known).html}</code>")
        at = code.end()
    parts.append(_text(drawn[at:], known))
    return "".join(parts)


def _text(drawn: str, known: Known) -> str:
    return "".join(
        TOKEN.sub(lambda token: _in_attribute(token, known), piece)
        if piece.startswith("<")
        else TOKEN.sub(lambda token: _shown(token, known, Place.WORDS)[0], piece)
        for piece in TAG.split(drawn)
    )


def _in_attribute(token: re.Match[str], known: Known) -> str:
    """Inside an address a value is percent-encoded, so it stays one part of it."""
    value = known.get(_name(token))
    words = value.value if value and not value.problem and not value.variable.secret else ""
    return quote(words or f"{{{{{_name(token)}}}}}", safe="")


def _block(block: re.Match[str], known: Known) -> str:
    """One block of code, with what keeps it from being copied behind it."""
    language = block[1] or ""
    code = _code(block[2], language, known)
    code_class = f' class="language-{language}"' if language else ""
    blocked = ' data-no-copy=""' if code.reasons else ""
    drawn = f"<pre{blocked}><code{code_class}>{code.html}</code></pre>"
    return drawn + "".join([*map(_why, code.reasons), *map(_secret, code.secrets)])


class _Code(NamedTuple):
    html: str
    reasons: Iterable[str] = ()  # why it cannot be used, each once
    secrets: Iterable[str] = ()  # the names of those that it takes from the reader's shell


def _code(inner: str, language: str, known: Known) -> _Code:
    """Fill the drawn inside of one piece of code, read as a whole."""
    code = markup.unescape("".join(TAG.split(inner)[::2]))
    if not TOKEN.search(code):
        return _Code(inner)
    if len(TOKEN.findall(inner)) < len(TOKEN.findall(code)):
        inner = markup.escape(code)  # the colours part a word of ours: without them, then
    spots = iter(places(code, TOKEN, language))
    reasons: dict[str, None] = {}
    secrets: dict[str, None] = {}

    def fill(token: re.Match[str]) -> str:
        shown, reason = _shown(token, known, next(spots, Place.UNSURE))
        value = known.get(_name(token))
        if reason:
            reasons[reason] = None
        elif value and value.variable.secret:
            secrets[value.variable.name] = None
        return shown

    pieces = [
        piece if piece.startswith("<") else TOKEN.sub(fill, piece) for piece in TAG.split(inner)
    ]
    return _Code("".join(pieces), reasons, secrets)


def _shown(token: re.Match[str], known: Known, place: Place) -> tuple[str, str]:
    """Return what stands in the place of a token, and why the command cannot be used."""
    name = _name(token)
    value = known.get(name)
    if value is None:
        return _unfilled(name), _("{{%(name)s}} is not declared.") % {"name": name}
    if value.variable.secret:
        return _secret_in(name, place)
    if value.problem:
        reason = _("{{%(name)s}}: %(why)s") % {"name": name, "why": value.problem}
        return _unfilled(name), reason
    is_allowed = place == Place.OTHER and bool(value.variable.pattern)
    words = value.value if is_allowed else written(value.value, place)
    if words is None:
        sentence = _(
            "{{%(name)s}} holds signs that mean something here; its pattern must rule them out."
        )
        return _unfilled(name), sentence % {"name": name}
    return format_html('<span class="filled" title="{}">{}</span>', name, words), ""


def _unfilled(name: str) -> str:
    return format_html('<span class="unfilled">{}</span>', f"{{{{{name}}}}}")


def _secret_in(name: str, place: Place) -> tuple[str, str]:
    variable = name.upper()
    words = {
        Place.BARE: f'"${variable}"',
        Place.DOUBLE: f"${{{variable}}}",
        Place.SINGLE: f"'\"${variable}\"'",
    }.get(place)
    if words is None:
        return _unfilled(name), _("{{%(name)s}} is secret: type it in yourself.") % {
            "name": name
        }
    return format_html('<span class="filled" title="{}">{}</span>', name, words), ""


def _why(reason: str) -> str:
    return format_html('<p class="no-copy">{} {}</p>', _("Not to be copied yet."), reason)


def _secret(name: str) -> str:
    sentence = _("Secret, never kept here. Set it in your shell first:")
    return format_html(
        '<p class="no-copy">{} <code>read -rs {}</code></p>', sentence, name.upper()
    )
