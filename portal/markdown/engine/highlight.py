"""Colours for code: spans with Pygments' short class names behind `hl-`, never a style."""

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString, code_escape
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Error, _TokenType

CLASS_PREFIX = "hl-"
# A lexer is a pile of patterns that others wrote: only languages of the trade, only so much.
KNOWN = """
bash c caddyfile console cpp cs css dart diff docker dockerfile elixir go groovy hcl html http
ini java javascript js json jsx kotlin lua make makefile nginx perl php plpgsql postgresql
powershell promql protobuf ps1 puppet py python rb rego rs ruby rust scala sh shell sql swift
systemd terraform tf toml ts tsx typescript vim xml yaml yml zsh
"""
LANGUAGES = frozenset(KNOWN.split())
LONGEST = 10_000  # characters of one block
MOST = 40_000  # characters of one document
NOT_COLOURED = {"", "w", "err"}
CLASSES = frozenset(CLASS_PREFIX + name for name in STANDARD_TYPES.values() if name)


class Highlighter:
    """Colours the code of one document."""

    def __init__(self) -> None:
        self.left = MOST

    def fill(self, element: Element, code: str, language: str) -> None:
        """Put the code into the element, coloured if the language is known."""
        is_known = language.lower() in LANGUAGES
        if not is_known or len(code) > min(LONGEST, self.left):
            element.text = _text(code)
            return
        self.left -= len(code)
        _fill(element, code, language.lower())


def _fill(element: Element, code: str, language: str) -> None:
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    last: Element | None = None
    element.text = AtomicString("")
    for name, tokens in groupby(lexer.get_tokens(code), key=lambda token: _class(token[0])):
        text = _text("".join(value for _, value in tokens))
        if name not in NOT_COLOURED:
            last = SubElement(element, "span", {"class": CLASS_PREFIX + name})
            last.text = text
        elif last is None:
            element.text += text
        else:
            last.tail = AtomicString((last.tail or "") + text)


def _class(token: _TokenType) -> str:
    while token not in STANDARD_TYPES:
        token = token.parent or Error
    return STANDARD_TYPES[token]


def _text(code: str) -> AtomicString:
    """Return text that is shown as it is: entities in code are no entities."""
    return AtomicString(code_escape(code))
