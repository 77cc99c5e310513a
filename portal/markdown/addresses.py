"""
The addresses in drawn HTML: read out, and said anew for who looks at them and from where.

This works on what the cleaner wrote and on nothing else. There a `<` begins a tag and never
stands in text, and every attribute has its double quotes, so that a pattern sees exactly what
a browser sees. What is put in is escaped here; it must lie on this site or beside the file.
"""

import html as markup
import re
from collections.abc import Callable
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

ANY_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")*>')
TAG = re.compile(r'<(a|img)((?: [a-z]+="[^"]*")*)>')
ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
NAMED = re.compile(r"/relative/([0-9a-f]*)\Z")
OUTSIDE = re.compile(r"[^/?#]*:|//")


class Address(NamedTuple):
    """`tag` is `a` or `img`; `text` the address as the author wrote it."""

    tag: str
    text: str


class Wired(NamedTuple):
    """
    Where an address leads: `url` on this site, or nothing where it leads nowhere.

    `why` is a sentence about that, for whoever points at it.
    """

    url: str = ""
    why: str = ""


Resolve = Callable[[Address], Wired | None]


def addresses_of(html: str) -> list[Address]:
    """Return every address of a drawn text, in order and as often as it stands there."""
    found = (_address(tag) for tag in TAG.finditer(html))
    return [address for address in found if address is not None]


def rewired(html: str, resolve: Resolve) -> SafeString:
    """Return the same HTML with the addresses that `resolve` knows; None leaves one alone."""

    def wire(tag: re.Match[str]) -> str:
        address = _address(tag)
        wired = resolve(address) if address else None
        if address is None or wired is None:
            return tag[0]
        return _picture(tag, wired) if address.tag == "img" else _link(tag, wired)

    return mark_safe(TAG.sub(wire, html))  # noqa: S308 (cleaned before; what is new is escaped)


def renamed(html: str, old: str, new: str) -> SafeString:
    """Put another prefix before the ids of a drawn text, and before what leads to them."""

    def rename(tag: re.Match[str]) -> str:
        return (
            tag[0]
            .replace(f' id="{old}', f' id="{new}')
            .replace(f' href="#{old}', f' href="#{new}')
        )

    return mark_safe(ANY_TAG.sub(rename, html))  # noqa: S308 (cleaned before)


def filled(
    html: str, place: re.Pattern[str], put: Callable[[re.Match[str]], SafeString]
) -> SafeString:
    """Put other safe HTML in the place of what the pattern finds in a drawn text."""

    def checked(found: re.Match[str]) -> str:
        inner = put(found)
        if not isinstance(inner, SafeString):
            raise TypeError(type(inner))
        return inner

    return mark_safe(place.sub(checked, html))  # noqa: S308 (each part is safe)


def _address(tag: re.Match[str]) -> Address | None:
    attributes = dict(ATTRIBUTE.findall(tag[2]))
    text = attributes.get("href" if tag[1] == "a" else "src")
    if text is None:
        return None
    named = NAMED.search(text) if tag[1] == "img" else None
    if named:
        return Address("img", bytes.fromhex(named[1]).decode(errors="replace"))
    return Address(tag[1], markup.unescape(text))


def _link(tag: re.Match[str], wired: Wired) -> str:
    attributes = dict(ATTRIBUTE.findall(tag[2]))
    title = f' title="{attributes["title"]}"' if "title" in attributes else ""
    if _is_ours(wired.url):
        return f'<a href="{escape(wired.url)}"{title}>'
    return f'<a class="link-missing" title="{escape(wired.why)}">'


def _picture(tag: re.Match[str], wired: Wired) -> str:
    attributes = dict(ATTRIBUTE.findall(tag[2]))
    words = attributes.get("alt", "")
    if _is_ours(wired.url):
        title = f' title="{attributes["title"]}"' if "title" in attributes else ""
        return f'<img src="{escape(wired.url)}" alt="{words}"{title} loading="lazy">'
    shown = words or escape(wired.why)
    return f'<span class="image-refused" title="{escape(wired.why)}">{shown}</span>'


def _is_ours(url: str) -> bool:
    return bool(url) and not OUTSIDE.match(url) and "\\" not in url
