"""
Where the links of a text lead: one set of rules for pages, exports, backlinks and the report.

A link may name a document by its address here (`/learn/documents/restore/`), by its past one,
by a file beside it as the Markdown of a folder does (`../db/restore.md`, `restore/`,
`_index.md`), or by its address alone (`restore`). A file that is no Markdown is an attachment.
"""

import posixpath
import re
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils.text import slugify

from knowledge.models import Attachment, Document, LinkKind
from portal.markdown import Address
from portal.models import User

MARKDOWN = {".md", ".markdown", ".mdown"}
PAGES = {"", ".html", ".htm", *MARKDOWN}
INDEXES = ("index.md", "_index.md", "README.md", "readme.md")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
OWN_DOCUMENT = re.compile(r"/learn/documents/([-\w]+)(?:/|\Z)")
OWN_ATTACHMENT = re.compile(r"/attachments/([0-9a-f]{40})/?\Z")
HERE = "#"


class Place(NamedTuple):
    """Where a text stands: its document, the space around it, and its file's path, if any."""

    document_id: int | None
    space_id: int | None
    path: str = ""

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)


class Target(NamedTuple):
    """
    What one address means.

    `kind` is empty for what is no concern of documents: another page of ours. `wanted` is the
    address that a missing document would need; `anchor` is the part behind `#`.
    """

    kind: str
    document: Document | None = None
    attachment: Attachment | None = None
    wanted: str = ""
    anchor: str = ""


class Asked(NamedTuple):
    """An address, read: the names that a document, or the paths that a file, may have."""

    kind: str
    slug: str = ""
    key: str = ""
    paths: tuple[str, ...] = ()
    anchor: str = ""


def place_of(document: Document) -> Place:
    return Place(document.pk, document.space_id, document.path)


def targets_of(place: Place, addresses: Iterable[Address]) -> dict[Address, Target]:
    """Return what each address means, with at most three queries for all of them."""
    asked = {address: read(place, address) for address in addresses}
    documents = _documents(place, asked.values())
    files = _attachments(place, asked.values())
    return {address: _target(one, documents, files) for address, one in asked.items()}


def readable_of(targets: Collection[Target], user: User | None) -> set[int]:
    """
    The keys of the documents, of those meant, that this reader may know of.

    None is the system, which reads everything.
    """
    wanted = {one.document.pk for one in targets if one.document}
    wanted |= {one.attachment.document_id for one in targets if one.attachment}
    if user is None or not wanted:
        return wanted
    visible = Document.objects.visible_to(user).filter(pk__in=wanted)
    return set(visible.values_list("pk", flat=True))


def read(place: Place, address: Address) -> Asked:
    """Say what kind of thing an address names, and under which names it may be found."""
    text = address.text.strip().removeprefix(settings.SITE_URL)
    if SCHEME.match(text):
        return Asked(LinkKind.EXTERNAL)
    try:
        parts = urlsplit(text)
    except ValueError:
        return Asked(LinkKind.EXTERNAL)
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    if not path:
        return Asked(LinkKind.DOCUMENT, slug=HERE, anchor=anchor)
    if path.startswith("/"):
        return _absolute(path, anchor, is_picture=address.tag == "img")
    return _relative(place.folder, path, anchor, place, is_picture=address.tag == "img")


def _absolute(path: str, anchor: str, *, is_picture: bool) -> Asked:
    if own := OWN_DOCUMENT.match(path):
        return Asked(LinkKind.DOCUMENT, slug=own[1], anchor=anchor)
    if own := OWN_ATTACHMENT.match(path):
        return Asked(LinkKind.ATTACHMENT, key=own[1])
    if _is_a_page_of_ours(path):
        return Asked("")
    return _relative("", path.lstrip("/"), anchor, None, is_picture=is_picture)


def _is_a_page_of_ours(path: str) -> bool:
    try:
        resolve(path if path.endswith("/") else f"{path}/")
    except Resolver404:
        return False
    return True


def _relative(
    folder: str, path: str, anchor: str, place: Place | None, *, is_picture: bool
) -> Asked:
    joined = posixpath.normpath(posixpath.join(folder, path))
    suffix = posixpath.splitext(path.rstrip("/"))[1].lower()
    if is_picture or suffix not in PAGES:
        return Asked(LinkKind.ATTACHMENT, paths=(joined,))
    paths = [*_files(joined)]
    if place and suffix not in MARKDOWN and place.path:
        # Hugo's addresses are folders: `../other/` leads to the page beside this one.
        own = posixpath.splitext(place.path)[0]
        paths += _files(posixpath.normpath(posixpath.join(own, path)))
    return Asked(LinkKind.DOCUMENT, slug=_slug(path), paths=tuple(paths), anchor=anchor)


def _files(path: str) -> list[str]:
    stem, suffix = posixpath.splitext(path)
    if suffix.lower() in MARKDOWN:
        return [path]
    bare = stem if suffix.lower() in PAGES else path
    folder = "" if bare == "." else f"{bare}/"
    files = [] if bare == "." else [f"{bare}.md", f"{bare}.markdown"]
    return [*files, *(f"{folder}{index}" for index in INDEXES)]


def _slug(path: str) -> str:
    """The address that a plain name asks for; a path into another folder asks for none."""
    parts = [part for part in path.rstrip("/").split("/") if part not in {".", ".."}]
    if len(parts) != 1:
        return ""
    stem, suffix = posixpath.splitext(parts[0])
    return slugify(stem if suffix.lower() in PAGES else parts[0])


class _Documents(NamedTuple):
    by_path: dict[str, Document]
    by_slug: dict[str, Document]


def _documents(place: Place, asked: Iterable[Asked]) -> _Documents:
    wanted = [one for one in asked if one.kind == LinkKind.DOCUMENT]
    slugs = {one.slug for one in wanted if one.slug and one.slug != HERE}
    paths = {path for one in wanted for path in one.paths}
    if not (slugs or paths):
        return _Documents({}, {})
    beside = Q(path__in=paths, space=place.space_id)
    named = Q(slug__in=slugs) | beside | Q(redirects__slug__in=slugs)
    found = Document.objects.filter(named).select_related("published").distinct()
    by_slug: dict[str, Document] = {}
    documents = list(found.prefetch_related("redirects"))
    for document in documents:
        for redirect in document.redirects.all():
            by_slug.setdefault(redirect.slug, document)
    by_slug |= {document.slug: document for document in documents}
    by_path = {one.path: one for one in documents if one.space_id == place.space_id}
    return _Documents(by_path, by_slug)


def _attachments(place: Place, asked: Iterable[Asked]) -> dict[str, Attachment]:
    """Return files by path and by key: those beside this text before those beside others."""
    wanted = [one for one in asked if one.kind == LinkKind.ATTACHMENT]
    paths = {path for one in wanted for path in one.paths}
    keys = {one.key for one in wanted if one.key}
    if not (paths or keys):
        return {}
    beside = Attachment.objects.current().filter(document__space=place.space_id)
    current = beside.filter(path__in=paths)
    found: dict[str, Attachment] = {}
    for file in current.order_by("pk"):
        if file.document_id == place.document_id or file.path not in found:
            found[file.path] = file
    for file in Attachment.objects.filter(key__in=keys):
        found[file.key] = file
    return found


def _target(one: Asked, documents: _Documents, files: dict[str, Attachment]) -> Target:
    if one.kind == LinkKind.ATTACHMENT:
        names = (*one.paths, one.key)
        file = next((files[name] for name in names if name in files), None)
        return Target(one.kind, attachment=file)
    if one.kind != LinkKind.DOCUMENT:
        return Target(one.kind)
    if one.slug == HERE:
        return Target(one.kind, anchor=one.anchor, wanted=HERE)
    by_path = (documents.by_path[path] for path in one.paths if path in documents.by_path)
    document = next(by_path, None) or documents.by_slug.get(one.slug)
    wanted = one.slug or _name_of(one.paths)
    return Target(one.kind, document=document, wanted=wanted, anchor=one.anchor)


def _name_of(paths: tuple[str, ...]) -> str:
    """The name of a file, or of its folder where it is called after nothing."""
    if not paths:
        return ""
    folder, _slash, name = paths[0].rpartition("/")
    is_index = name in INDEXES and folder
    return _slug(folder.rpartition("/")[2] if is_index else name)
