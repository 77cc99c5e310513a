"""Keeping pictures: taken in, given to what they belong to, and swept when unused."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.errors import refuse
from portal.models import UNUSED, Picture, User
from portal.pictures import cleaned

UNUSED_FOR = timedelta(days=1)
FOLDER = "pictures"
MOST_AT_ONCE = 1000  # rows of one sweep


def keep_picture(sent: bytes, *, label: str = "", actor: User | None) -> Picture:
    """
    Take a picture in, written anew; it belongs to nothing yet.

    The same one again from the same person, still unused, is given back. Raises `DomainError`
    with what is wrong with the picture.
    """
    found = cleaned(sent)
    same = Picture.objects.filter(UNUSED, uploaded_by=actor, sha256=found.sha256).first()
    if same is not None and actor is not None:
        return same
    picture = Picture(
        name=secrets.token_hex(20),
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        size=len(found.content),
        sha256=found.sha256,
        label=_last_part(label),
        uploaded_by=actor,
        created_at=clock.now(),
    )
    # First the file: a row without one shows a hole, a file without a row is swept.
    default_storage.save(picture.path, ContentFile(found.content))
    picture.save(force_insert=True)
    return picture


@transaction.atomic
def give_picture(picture: Picture, *, to: str) -> Picture:
    """Let the picture belong to `to`, such as "note:7"; each belongs to one thing only."""
    taken = Picture.objects.filter(UNUSED, pk=picture.pk).update(reference=to)
    if not taken:
        raise refuse("picture_taken", _("This picture belongs to something else already."))
    picture.reference = to
    return picture


def sweep_pictures(now: datetime) -> int:
    """Remove what nothing came to use, and files that no row knows; return how many."""
    return _sweep_unused(now) + _sweep_files(now)


def forget_pictures(*references: str) -> None:
    """Remove what belongs to things that are gone, file and row."""
    for picture in Picture.objects.filter(reference__in=references):
        _remove(picture)


def _sweep_unused(now: datetime) -> int:
    unused = Picture.objects.filter(UNUSED, created_at__lt=now - UNUSED_FOR)
    rows = list(unused[:MOST_AT_ONCE])
    for picture in rows:
        _remove(picture)
    return len(rows)


def _remove(picture: Picture) -> None:
    path = picture.path
    picture.delete()
    default_storage.delete(path)


def _sweep_files(now: datetime) -> int:
    """The file of a request that failed after it was written; its row never came to be."""
    gone = 0
    for path in _old_files(now):
        if not Picture.objects.filter(name=path.rpartition("/")[2]).exists():
            default_storage.delete(path)
            gone += 1
    return gone


def _old_files(now: datetime) -> Iterator[str]:
    if not default_storage.exists(FOLDER):
        return
    for folder in default_storage.listdir(FOLDER)[0]:
        for name in default_storage.listdir(f"{FOLDER}/{folder}")[1]:
            path = f"{FOLDER}/{folder}/{name}"
            if default_storage.get_modified_time(path) < now - UNUSED_FOR:
                yield path


def _last_part(label: str) -> str:
    """The name of a file without its folders, in either way of writing them."""
    return label.replace("\\", "/").rpartition("/")[2].strip()[:100]
