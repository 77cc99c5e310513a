"""
Where copies of the status page lie: a directory, a bucket of an S3-compatible store.

A place takes documents and says which it has taken. A file is there whole or not at all, and
the page itself comes last, so that what it links to is there before. No database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext as _

from incidents.status_documents import Document

DIRECTORY, BUCKET = "directory", "bucket"
ENOUGH = 14.0  # seconds for one writing; what is left comes with the next
AT_ONCE = 8  # files sent beside each other
READABLE_BY_ALL = 0o644
CACHE_CONTROL = "public, max-age=60"

Put = Callable[[Document], None]


@dataclass
class Written:
    """What lies there now, `{file: SHA-256}`, and what went wrong, if anything."""

    files: dict[str, str] = field(default_factory=dict)
    error: str = ""


def places() -> list[str]:
    """Return the places that the operator has named."""
    found = {DIRECTORY: settings.STATUS_DIRECTORY, BUCKET: settings.STATUS_S3_BUCKET}
    return [place for place, is_named in found.items() if is_named]


def write(place: str, documents: Sequence[Document], known: dict[str, str]) -> Written:
    """Write what differs from what is known to lie there; raises nothing."""
    written = Written(dict(known))
    wanted = [each for each in documents if known.get(each.file) != digest(each)]
    ends_at = time.monotonic() + ENOUGH
    try:
        put, at_once = _putter(place)
        for is_the_page in (False, True):
            part = [each for each in wanted if (each.path == "") == is_the_page]
            _put_all(part, put, at_once, written, ends_at)
    except (OSError, ValueError, BotoCoreError, ClientError) as error:
        written.error = f"{type(error).__name__}: {error}"[:500]
    return written


def digest(document: Document) -> str:
    return sha256(document.body).hexdigest()


def _put_all(
    documents: Sequence[Document], put: Put, at_once: int, written: Written, ends_at: float
) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        jobs = {}
        for document in documents:
            jobs[pool.submit(_in_time, put, document, ends_at)] = document
        for job in as_completed(jobs):
            error = job.exception()
            if error is not None:
                pool.shutdown(cancel_futures=True)
                raise error
            written.files[jobs[job].file] = digest(jobs[job])


def _in_time(put: Put, document: Document, ends_at: float) -> None:
    if time.monotonic() > ends_at:
        raise TimeoutError(_("There was not enough time to write everything."))
    put(document)


def _putter(place: str) -> tuple[Put, int]:
    if place == DIRECTORY:
        root = Path(settings.STATUS_DIRECTORY)
        return lambda document: put_into(root, document), 1
    client = _client()
    prefix = settings.STATUS_S3_PREFIX.strip("/")

    def put(document: Document) -> None:
        client.put_object(
            Bucket=settings.STATUS_S3_BUCKET,
            Key=f"{prefix}/{document.file}" if prefix else document.file,
            Body=document.body,
            ContentType=document.content_type,
            CacheControl=CACHE_CONTROL,
        )

    return put, AT_ONCE


def put_into(root: Path, document: Document) -> None:
    """Write a file whole: beside its place first, then into it in one step."""
    path = root / document.file
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(document.body)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), READABLE_BY_ALL)
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _client() -> Any:
    return boto3.client(
        "s3",
        endpoint_url=settings.STATUS_S3_ENDPOINT or None,
        region_name=settings.STATUS_S3_REGION,
        aws_access_key_id=settings.STATUS_S3_KEY_ID or None,
        aws_secret_access_key=settings.STATUS_S3_SECRET or None,
        config=Config(
            connect_timeout=3,
            read_timeout=5,
            retries={"max_attempts": 1},
            s3={"addressing_style": "path" if settings.STATUS_S3_ENDPOINT else "auto"},
            max_pool_connections=AT_ONCE,
        ),
    )
