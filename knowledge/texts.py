"""Words that people write, checked once when they are saved and drawn once for all readers."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe

from portal.markdown import RENDERER_VERSION, MarkdownRefused, render, render_or_refuse


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
