"""
Pictures from outside: what is let in, written anew, and shown to whom.

Nothing that somebody sent is kept or served as it came: Pillow reads it, within limits on
bytes and pixels that are checked before the pixels are unpacked, and writes a plain picture
of one of three kinds, without metadata. A vector drawing (SVG) is a program and is refused.
"""

import hashlib
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from django.http import Http404
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from portal.errors import DomainError, refuse
from portal.models import MediaType, Picture, User

MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000  # a picture of a large phone; 100 MB once it is unpacked
LONGEST_SIDE = 4096  # pixels of what is kept
READ = ("PNG", "JPEG", "WEBP", "GIF")
# What Pillow raises for broken and for hostile files alike.
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

Size = tuple[int, int]
Keeper = Callable[[User, int], bool]
_keepers: dict[str, Keeper] = {}


class Cleaned(NamedTuple):
    """A picture that we wrote: its bytes and what they are."""

    content: bytes
    media_type: MediaType
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def keeper(kind: str) -> Callable[[Keeper], Keeper]:
    """
    Say who may see pictures of `kind:<pk>`, by a function (user, pk).

    It answers False, or raises 404, for whoever may not know of it.
    """

    def register(function: Keeper) -> Keeper:
        _keepers[kind] = function
        return function

    return register


def may_see(user: User, picture: Picture) -> bool:
    """Whether what the picture belongs to lets this person see it."""
    kind, _colon, pk = picture.reference.partition(":")
    if not kind:
        return picture.uploaded_by_id == user.pk
    if kind not in _keepers or not pk.isdecimal():
        return False
    try:
        return _keepers[kind](user, int(pk))
    except Http404:
        return False


def cleaned(sent: bytes, *, within: Size | None = None) -> Cleaned:
    """
    Return the picture written anew, or raise `DomainError` with what is wrong with it.

    It is made to fit `within` so many pixels, width and height, and never made larger.
    """
    if len(sent) > MOST_BYTES:
        raise too_large()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _rewritten(sent, within or (LONGEST_SIDE, LONGEST_SIDE))
    except UNREADABLE:
        raise refuse(
            "not_a_picture",
            _("This is no picture that can be read here."),
            _("Send a PNG, JPEG, WebP or GIF; a screenshot is one."),
        ) from None


def too_large() -> DomainError:
    sentence = _("This picture is larger than %(limit)s MB.")
    remedy = _("Cut out the part that matters, or save it as a JPEG.")
    return refuse("picture_too_large", sentence % {"limit": MOST_BYTES // 1_000_000}, remedy)


def _rewritten(sent: bytes, within: Size) -> Cleaned:
    with Image.open(BytesIO(sent), formats=READ) as found:
        if found.width * found.height > MOST_PIXELS:
            sentence = _("This picture has %(n)s million pixels, which is too many.")
            millions = found.width * found.height // 1_000_000
            remedy = _("Up to %(n)s million can be read here; make it smaller.")
            limit = MOST_PIXELS // 1_000_000
            raise refuse("too_many_pixels", sentence % {"n": millions}, remedy % {"n": limit})
        kind = found.format or ""
        found.load()
        upright = ImageOps.exif_transpose(found)
        return _written(upright, kind, within)


def _written(picture: Image.Image, kind: str, within: Size) -> Cleaned:
    """Write pixels and nothing else: a new picture carries no metadata of the old one."""
    is_clear = "A" in picture.getbands() or "transparency" in picture.info
    pixels = picture.convert("RGBA" if is_clear else "RGB")
    pixels.thumbnail(within)
    plain = Image.new(pixels.mode, pixels.size)
    plain.paste(pixels)
    out = BytesIO()
    if kind == "JPEG":
        plain.convert("RGB").save(out, "JPEG", quality=85)
        media_type = MediaType.JPEG
    elif kind == "WEBP":
        plain.save(out, "WEBP", quality=85)
        media_type = MediaType.WEBP
    else:
        plain.save(out, "PNG")
        media_type = MediaType.PNG
    return Cleaned(out.getvalue(), media_type, plain.width, plain.height)
