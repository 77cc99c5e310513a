"""
A space as a git repository: a commit for each thing that readers were given, in order of time.

It is made in memory from the rows, the same objects every time: a revision that was published,
a document that got another address, a file that came or went. What this reader may not see, or
nobody sees any more, was never in it; so two people may have two histories of one space.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import HEADREF, Ref
from dulwich.repo import MemoryRepo

from knowledge.exporting import MOST_BYTES, path_of
from knowledge.models import (
    Attachment,
    Document,
    DocumentRedirect,
    Revision,
    RevisionState,
    Space,
)
from portal.errors import refuse
from portal.models import User

MOST_STEPS = 20_000  # commits of one repository
PATIENCE = 20  # seconds for another one to be made; one is made at a time
BRANCH = Ref(b"refs/heads/main")
FILE, FOLDER = 0o100644, 0o040000
NOT_IN_NAMES = str.maketrans("", "", "<>\n\r\0")

# Each of one space as some readers see it, with its size; together no larger than one may be.
_made: OrderedDict[str, tuple[MemoryRepo, int]] = OrderedDict()
_one_at_a_time = threading.Lock()


class Step(NamedTuple):
    """One commit: what it writes (None takes a file away), who made it, and its words."""

    at: datetime
    order: tuple[int, int]
    files: dict[str, bytes | Attachment | None]
    author: str
    message: str


def repository(space: Space, user: User) -> MemoryRepo:
    """Return the history of the space as this person may read it."""
    documents = list(
        Document.objects.visible_to(user)
        .current()
        .filter(space=space)
        .exclude(published=None)
        .order_by("pk")
    )
    name = _fingerprint(space, documents)
    if kept := _made.get(name):
        return kept[0]
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise refuse("history_busy", _("Other histories are being made; ask in a minute."))
    try:
        kept = _made.get(name)
        return kept[0] if kept else _new(name, space, documents)
    finally:
        _one_at_a_time.release()


def _new(name: str, space: Space, documents: list[Document]) -> MemoryRepo:
    size = _size_or_refuse(documents)
    while _made and size + sum(other for _repo, other in _made.values()) > MOST_BYTES:
        _made.popitem(last=False)
    repo = _built(space, documents)
    _made[name] = repo, size
    return repo


def _size_or_refuse(documents: list[Document]) -> int:
    """Return how much the history holds; nothing of it is read for that."""
    published = Revision.objects.filter(document__in=documents, state=RevisionState.PUBLISHED)
    words = published.aggregate(n=Count("pk"), size=Sum(Length("body")))
    files = Attachment.objects.filter(document__in=documents)
    kept = files.aggregate(n=Count("pk"), size=Sum("size"))
    if words["n"] + kept["n"] > MOST_STEPS:
        sentence = _("This space has more than %(n)d changes; take an export instead.")
        raise refuse("history_too_long", sentence % {"n": MOST_STEPS})
    size = (words["size"] or 0) + (kept["size"] or 0)
    if size > MOST_BYTES:
        sentence = _("The history is larger than %(n)d MB; take an export instead.")
        raise refuse("history_too_large", sentence % {"n": MOST_BYTES // 1_000_000})
    return size


def _fingerprint(space: Space, documents: list[Document]) -> str:
    """A name that changes with everything that the history is made of."""
    pks = [document.pk for document in documents]
    parts: list[object] = [space.pk, [(one.pk, one.path, one.slug) for one in documents]]
    published = Revision.objects.filter(document__in=pks, state=RevisionState.PUBLISHED)
    parts.append(list(published.order_by("pk").values_list("pk", "published_at")))
    files = Attachment.objects.filter(document__in=pks).order_by("pk")
    parts.append(list(files.values_list("pk", "superseded_at")))
    moves = DocumentRedirect.objects.filter(document__in=pks).order_by("pk")
    parts.append(list(moves.values_list("slug", "created_at")))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _built(space: Space, documents: list[Document]) -> MemoryRepo:
    steps = sorted(_steps(documents), key=lambda step: (step.at, step.order))
    repo = MemoryRepo()
    root = _Folder()
    head: ObjectID | None = None
    for step in steps:
        for path, content in step.files.items():
            root.put(path.split("/"), _blob(repo, content))
        head = _commit(repo, root.written(repo), head, step)
    if head is None:
        first = Step(space.history.earliest().history_date, (0, 0), {}, "", space.name)
        head = _commit(repo, root.written(repo), None, first)
    repo.refs[BRANCH] = head
    repo.refs.set_symbolic_ref(HEADREF, BRANCH)
    return repo


def _steps(documents: list[Document]) -> Iterator[Step]:
    moves: dict[int, list[DocumentRedirect]] = {one.pk: [] for one in documents}
    rows = DocumentRedirect.objects.filter(document__in=moves).order_by("created_at", "pk")
    for move in rows:
        moves[move.document_id].append(move)
    given: dict[int, list[Revision]] = {one.pk: [] for one in documents}
    by_pk = {document.pk: document for document in documents}
    revisions = Revision.objects.filter(document__in=moves, state=RevisionState.PUBLISHED)
    for revision in revisions.order_by("published_at", "pk").select_related("author"):
        document = by_pk[revision.document_id]
        at = _published_at(revision)
        given[document.pk].append(revision)
        path = _path_at(document, moves[document.pk], at)
        said = f"{revision.title}, revision {revision.number}"
        message = f"{said}\n\n{revision.message}" if revision.message else said
        author = str(revision.author or "")
        yield Step(at, (1, revision.pk), {path: revision.body.encode()}, author, message)
    for document in documents:
        yield from _moves(document, moves[document.pk], given[document.pk])
    begun = {pk: _published_at(revisions[0]) for pk, revisions in given.items() if revisions}
    yield from _files(documents, begun)


def _moves(
    document: Document, moves: list[DocumentRedirect], given: list[Revision]
) -> Iterator[Step]:
    if document.path:
        return
    for move in moves:
        before, after = f"{move.slug}.md", _path_at(document, moves, move.created_at)
        current = [one for one in given if _published_at(one) <= move.created_at]
        if current and before != after:
            words = current[-1]
            files: dict[str, bytes | Attachment | None] = {
                before: None,
                after: words.body.encode(),
            }
            yield Step(move.created_at, (2, move.pk), files, "", f"{before} is now {after}")


def _files(documents: list[Document], begun: dict[int, datetime]) -> Iterator[Step]:
    """Files appear with the first words of their document, or later when they came later."""
    pks = [document.pk for document in documents]
    for file in Attachment.objects.filter(document__in=pks).select_related("uploaded_by"):
        since = begun.get(file.document_id)
        if since is None:
            continue
        at = max(file.created_at, since)
        author = str(file.uploaded_by or "")
        yield Step(at, (3, file.pk), {file.path: file}, author, f"{file.name} is added")
        if file.superseded_at and file.superseded_at >= at:
            gone = f"{file.name} is taken away"
            yield Step(file.superseded_at, (0, file.pk), {file.path: None}, "", gone)


def _published_at(revision: Revision) -> datetime:
    assert revision.published_at is not None
    return revision.published_at


def _path_at(document: Document, moves: list[DocumentRedirect], at: datetime) -> str:
    if document.path:
        return path_of(document)
    slug = next((move.slug for move in moves if move.created_at > at), document.slug)
    return f"{slug}.md"


def _blob(repo: MemoryRepo, content: bytes | Attachment | None) -> ObjectID | None:
    kept = _kept(content) if isinstance(content, Attachment) else content
    if kept is None:
        return None
    blob = Blob.from_string(kept)
    repo.object_store.add_object(blob)
    return blob.id


def _kept(file: Attachment) -> bytes | None:
    try:
        with default_storage.open(file.file_path) as kept:
            return bytes(kept.read())
    except FileNotFoundError:
        return None


class _Folder:
    """A folder that writes only what changed since it was last written."""

    def __init__(self) -> None:
        self.files: dict[str, ObjectID] = {}
        self.folders: dict[str, _Folder] = {}
        self._id: ObjectID | None = None

    def put(self, parts: list[str], blob: ObjectID | None) -> None:
        self._id = None
        name, *rest = parts
        if rest:
            self.folders.setdefault(name, _Folder()).put(rest, blob)
            if self.folders[name].is_empty:
                del self.folders[name]
        elif blob is None:
            self.files.pop(name, None)
        else:
            self.files[name] = blob

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.folders)

    def written(self, repo: MemoryRepo) -> ObjectID:
        if self._id is None:
            tree = Tree()
            for name, blob in self.files.items():
                if name not in self.folders:
                    tree.add(name.encode(), FILE, blob)
            for name, folder in self.folders.items():
                tree.add(name.encode(), FOLDER, folder.written(repo))
            repo.object_store.add_object(tree)
            self._id = tree.id
        return self._id


def _commit(repo: MemoryRepo, tree: ObjectID, parent: ObjectID | None, step: Step) -> ObjectID:
    commit = Commit()
    commit.tree = tree
    commit.parents = [parent] if parent else []
    name = step.author.translate(NOT_IN_NAMES).strip() or "Evenkeel"
    commit.author = commit.committer = f"{name} <>".encode()
    commit.author_time = commit.commit_time = int(step.at.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = f"{step.message}\n".encode()
    repo.object_store.add_object(commit)
    return commit.id
