"""`[...]` in a text to be announced: what the writer has to fill in."""

import re

PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,80}\]")


def left_in(text: str, template: str) -> list[str]:
    """Return the template's placeholders that still stand in the text; other brackets may."""
    return [words for words in dict.fromkeys(PLACEHOLDER.findall(template)) if words in text]
