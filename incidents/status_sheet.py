"""
The style of the status page, small enough to travel inside of it.

It is made of the same files as every other page's, without comments, white space and the
tokens that nothing here asks for: a page that needs no second request survives more.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

FILES = [
    "tokens.css",
    "base.css",
    "components/icon.css",
    "components/public.css",
    "components/status.css",
    "components/print.css",
    "pages/status.css",
]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SPACE = re.compile(r"\s+")
TIGHT = re.compile(r" ?([{};,]) ?")
AFTER_COLON = re.compile(r"(--[\w-]+|[a-z-]+): ")
TOKEN = re.compile(r"(--[\w-]+):")
USED = re.compile(r"var\((--[\w-]+)")


def sheet(accent: str = "", accent_dark: str = "") -> str:
    """Return the style with a house's own colour in it."""
    if not accent:
        return _plain()
    dark = accent_dark or accent
    own = f"light-dark({accent},{dark})"
    return f"{_plain()}:root{{--accent:{own};--link:{own}}}"


def source_hash(text: str) -> str:
    """Return how a content security policy names a style or script that stands in the page."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@lru_cache(1)
def _plain() -> str:
    whole = "".join(_source(name) for name in FILES)
    text = TIGHT.sub(r"\1", SPACE.sub(" ", COMMENT.sub("", whole)))
    return _without_idle_tokens(AFTER_COLON.sub(r"\1:", text)).strip()


def _without_idle_tokens(text: str) -> str:
    """Drop each token that nothing uses, until none is left."""
    idle = set(TOKEN.findall(text)) - set(USED.findall(text))
    while idle:
        names = "|".join(sorted(idle, key=len, reverse=True))
        text = re.sub(rf"(?:{names}):[^;{{}}]+;?", "", text)
        idle = set(TOKEN.findall(text)) - set(USED.findall(text))
    return text


def _source(name: str) -> str:
    path = finders.find(f"css/{name}")
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()
