"""
The last word on what leaves: nh3 with our own allow-list.

It runs always. Raw HTML is off long before, but links need none: `[x](javascript:...)` and
`&#106;avascript:` get as far as here.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import nh3

from .highlight import CLASSES
from .outline import HEADINGS
from .tree import CALLOUTS

TAGS_IN_TEXT = "a strong em del code br img span sup"
TAGS_IN_BLOCKS = "p hr ul ol li blockquote pre table thead tbody tr th td div details summary"
TAGS = {*HEADINGS, *TAGS_IN_TEXT.split(), *TAGS_IN_BLOCKS.split()}
ATTRIBUTES: Mapping[str, set[str]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "li": {"id"},
    "sup": {"id"},
    "th": {"align"},
    "td": {"align"},
    "code": {"class"},
    "span": {"class"},
    "div": {"class"},
    **{heading: {"id"} for heading in HEADINGS},
}
SCHEMES = {"http", "https", "mailto"}
OWN_CLASSES = {
    "code": frozenset[str](),
    "span": CLASSES | {"task", "task-open", "task-done", "image-refused"},
    "div": frozenset(
        {"callout", "callout-title", *(f"callout-{kind}" for kind in CALLOUTS)}
        | {"diagram", "diagram-title", "footnotes"}
    ),
}
CHANGES = {"added", "removed", "same"}
LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,30}", re.ASCII)
NOT_READ = re.compile(r"[\x00-\x20\x7f]")  # browsers leave these out of an address
OWN_PATH = re.compile(r"[\w/.-]+", re.ASCII)
SCHEME = re.compile(r"([^/?#:]*):")
RELATIVE_NEVER = re.compile(r"[/#?]|[^/?#]*:|\Z")
LONGEST_ADDRESS = 500  # characters of a relative address of a picture
START = re.compile(r"\d{1,9}", re.ASCII)


class Options(NamedTuple):
    """
    What differs between places and pages.

    `prefix` stands before every heading's id; `attachments` is the path under which pictures
    may lie, `image_hosts` the hosts that they may come from besides. With `relative`, a
    picture with a relative address is kept under a name that leads nowhere until
    `portal.markdown.rewired` says where it lies.
    """

    prefix: str = "s-"
    attachments: str = "/attachments/"
    image_hosts: tuple[str, ...] = ()
    relative: bool = False

    def named(self, src: str) -> str:
        """Return the name for a relative address, or the address as it is."""
        is_relative = self.relative and not RELATIVE_NEVER.match(_as_read(src))
        if not is_relative or len(src) > LONGEST_ADDRESS:
            return src
        return f"{self.attachments}relative/{src.encode(errors='replace').hex()}"

    def shows(self, src: str) -> bool:
        """Tell whether a picture may be fetched from this address."""
        address = _as_read(src)
        if address.startswith(self.attachments):
            return bool(OWN_PATH.fullmatch(address)) and ".." not in address
        try:
            parts = urlsplit(address)
            return parts.scheme == "https" and parts.netloc.lower() in self.image_hosts
        except ValueError:
            return False


def cleaner(options: Options) -> nh3.Cleaner:
    """Return the cleaner; it keeps nothing that is not named in this module."""
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_filter(options),
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        id_prefix=options.prefix,
        strip_comments=True,
    )


def marker(options: Options) -> nh3.Cleaner:
    """
    Return the cleaner for two drawn texts in one: it lets through which words came and went.

    No text can claim that by itself: the other cleaner knows no such attribute.
    """
    without_ids = {tag: names - {"id"} for tag, names in ATTRIBUTES.items()}
    marked = {tag: without_ids.get(tag, set()) | {"data-change"} for tag in TAGS | {"ins"}}
    return nh3.Cleaner(
        tags=TAGS | {"ins"},
        attributes=marked,
        attribute_filter=_filter(options),
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _filter(options: Options) -> Callable[[str, str, str], str | None]:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return _href(value, options.prefix)
        if attribute == "src":
            return value if options.shows(value) else None
        if attribute == "class":
            return _classes(tag, value)
        if attribute == "align":
            return value if value in {"left", "center", "right"} else None
        if attribute == "data-change":
            return value if value in CHANGES else None
        if attribute == "start":
            return value if START.fullmatch(value) else None
        return value

    return keep


def _href(value: str, prefix: str) -> str | None:
    """Keep a link, unless it leaves the site by another way than a scheme that we name."""
    address = _as_read(value)
    scheme = SCHEME.match(address)
    if address.startswith("//") or (scheme and scheme[1].lower() not in SCHEMES):
        return None
    if address.startswith("#"):
        return f"#{prefix}{address[1:].removeprefix(prefix)}"
    return value


def _as_read(address: str) -> str:
    """Return an address as a browser reads it."""
    return NOT_READ.sub("", address).replace("\\", "/")


def _classes(tag: str, value: str) -> str | None:
    own = OWN_CLASSES[tag]
    kept = [
        name
        for name in value.split()
        if name in own or (tag == "code" and LANGUAGE_CLASS.fullmatch(name))
    ]
    return " ".join(kept) or None
