"""
Documents as files: a folder of Markdown with all that lies beside it, or pages read offline.

Bodies are written byte for byte; what else is known of a document stands in `evenkeel.json`
beside them, so that an import of the folder gives the same documents again.
"""

import json
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from knowledge.importing.archive import ABOUT
from knowledge.models import Attachment, Document
from knowledge.showing import Addresses, show
from portal.errors import refuse
from portal.models import User

MOST_DOCUMENTS = 5_000
MOST_BYTES = 200_000_000  # of all files together, before they are packed
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same archive for the same words
SHEETS = ["css/tokens.css", "css/base.css", "css/components/prose.css"]
NESTED = re.compile(r"\.(?:md|markdown|mdown)\Z", re.IGNORECASE)


class File(NamedTuple):
    path: str
    content: bytes


def exportable(user: User, documents: Any) -> list[Document]:
    """The published ones of these that the person reads, by path; or a refusal of too many."""
    found = documents.filter(pk__in=Document.objects.visible_to(user)).current()
    found = found.exclude(published=None).select_related("space", "published", "team", "owner")
    rows = list(found.prefetch_related("services", "tags").order_by("path", "slug"))
    if len(rows) > MOST_DOCUMENTS:
        sentence = _("That is more than %(n)d documents; export fewer at once.")
        raise refuse("too_many_documents", sentence % {"n": MOST_DOCUMENTS})
    return rows


def path_of(document: Document) -> str:
    """Where a document lies in an export: where it came from, or under its address."""
    return document.path or f"{document.slug}.md"


def as_markdown(documents: list[Document]) -> Iterator[File]:
    rows = []
    for document in documents:
        assert document.published is not None
        yield File(path_of(document), document.published.body.encode())
        rows.append(_about(document))
    yield from _files(documents)
    said = {"documents": rows}
    yield File(ABOUT, f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode())


def as_html(documents: list[Document], user: User) -> Iterator[File]:
    """Pages that need nothing but each other: no script, no server."""
    pages = {document.pk: f"{NESTED.sub('', path_of(document))}.html" for document in documents}
    sheet = "".join(_sheet(name) for name in SHEETS)
    yield File("style.css", sheet.encode())
    for document in documents:
        assert document.published is not None
        document.published.document = document
        page = pages[document.pk]
        words = show(document.published, user, _Beside(page, pages))
        context = {
            "document": document,
            "revision": document.published,
            "html": words,
            "root": _up(page),
            "index": f"{_up(page)}index.html" if page != "index.html" else "",
        }
        yield File(page, render_to_string("knowledge/export/page.html", context).encode())
    yield from _files(documents)
    if "index.html" not in pages.values():
        rows = [{"document": one, "url": f"./{pages[one.pk]}"} for one in documents]
        index = render_to_string("knowledge/export/index.html", {"rows": rows})
        yield File("index.html", index.encode())


def zipped(files: Iterable[File]) -> bytes:
    """Return the files as a zip; of two with one path the first counts."""
    out = BytesIO()
    seen: set[str] = set()
    size = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if file.path in seen:
                continue
            seen.add(file.path)
            size += len(file.content)
            if size > MOST_BYTES:
                sentence = _("That is more than %(n)d MB; export fewer documents at once.")
                raise refuse("export_too_large", sentence % {"n": MOST_BYTES // 1_000_000})
            info = zipfile.ZipInfo(file.path, EARLIEST)
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Beside(Addresses):
    """Addresses from one file of an export to the others."""

    def __init__(self, page: str, pages: dict[int, str]) -> None:
        self.folder = posixpath.dirname(page) or "."
        self.pages = pages

    def of_document(self, document: Document) -> str:
        page = self.pages.get(document.pk, "")
        return self._to(page) if page else ""

    def of_attachment(self, attachment: Attachment) -> str:
        return self._to(attachment.path)

    def _to(self, path: str) -> str:
        return f"./{posixpath.relpath(path, self.folder)}"


def _up(page: str) -> str:
    return "./" + "../" * page.count("/")


def _files(documents: list[Document]) -> Iterator[File]:
    pks = [document.pk for document in documents]
    files = Attachment.objects.current().filter(document__in=pks).order_by("path", "pk")
    for file in files.iterator(chunk_size=500):
        try:
            with default_storage.open(file.file_path) as kept:
                yield File(file.path, kept.read())
        except FileNotFoundError:
            continue  # the broken-link report and the page say so


def _about(document: Document) -> dict[str, Any]:
    return {
        "path": path_of(document),
        "slug": document.slug,
        "title": document.title,
        "kind": document.kind,
        "tags": sorted(tag.name for tag in document.tags.all()),
        "services": sorted(service.slug for service in document.services.all()),
        "alert_names": document.alert_names,
        "team": document.team.slug if document.team else "",
        "owner": document.owner.email if document.owner else "",
        "revision": document.published.number if document.published else None,
    }


def _sheet(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str)
    with open(path, encoding="utf-8") as sheet:  # noqa: PTH123 (a path of our own)
        return sheet.read()
