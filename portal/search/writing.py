"""Writes the index; nothing else does. Whoever changes what others find calls `index`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from portal.hints import later
from portal.models import IndexChange, IndexEntry, IndexText, Posting, Team
from portal.search.sources import Description, Source, source
from portal.search.weighing import Read, read
from portal.search.words import is_word

AT_ONCE = 50  # entries in one transaction, where the caller has none: others write too
KEPT = [
    *("kind", "title", "url", "services", "team", "updated_at"),
    *("revision", "overdue_at", "is_archived", "digest"),
]


_waiting: ContextVar[dict[str, set[int]] | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """
    Read what changes within it once, at its end, however often it changes.

    Its end belongs into the transaction of the changes.
    """
    waiting: dict[str, set[int]] = defaultdict(set)
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    for key, pks in waiting.items():
        index(key, pks)


def index(key: str, pks: Iterable[int], *, is_counted: bool = True) -> int:
    """
    Have these records of a source be found as they are now, or not any more.

    Returns how many entries changed; within `together` none has yet. In the caller's
    transaction nobody finds what is rolled back; a record that is as the index knows it costs
    two queries. Without `is_counted` the caller counts all words anew later.
    """
    waiting = _waiting.get()
    if waiting is not None:
        waiting[key].update(pks)
        return 0
    changed = 0
    wanted = sorted(set(pks))
    for start in range(0, len(wanted), AT_ONCE):
        changed += _index(source(key), wanted[start : start + AT_ONCE], is_counted=is_counted)
    if changed:
        later("portal.follow_changes")
    return changed


def _index(of: Source, pks: list[int], *, is_counted: bool) -> int:
    """Read first, which takes longest, and hold the door shut for the writing alone."""
    described = {
        row.pk: (text, read(text))
        for row in of.rows().filter(pk__in=pks)
        if (text := of.describe(row))
    }
    with transaction.atomic():
        return _write_changed(of, pks, described, is_counted=is_counted)


def _write_changed(
    of: Source,
    pks: list[int],
    described: dict[int, tuple[Description, Read]],
    *,
    is_counted: bool,
) -> int:
    entries = IndexEntry.objects.filter(source=of.key, object_id__in=pks)
    known = {entry.object_id: entry for entry in entries.select_for_update()}
    remove([entry for pk, entry in known.items() if pk not in described])
    written: list[tuple[IndexEntry, Read]] = []
    for pk, (text, words) in described.items():
        entry = known.get(pk) or IndexEntry(source=of.key, object_id=pk)
        if entry.digest != words.digest:
            written.append((_filled(entry, text, words), words))
        elif (entry.updated_at, entry.overdue_at) != (text.updated_at, text.overdue_at):
            entry.updated_at, entry.overdue_at = text.updated_at, text.overdue_at
            entry.save(update_fields=["updated_at", "overdue_at"])
    _write(written, is_counted=is_counted)
    return len(written) + len(known.keys() - described.keys())


def _filled(entry: IndexEntry, text: Description, words: Read) -> IndexEntry:
    entry.kind = text.kind
    entry.title = text.title.replace("\0", "")[:300]
    entry.url = text.url
    entry.digest = words.digest
    entry.services = sorted(text.services)
    entry.team_id = text.team.pk if isinstance(text.team, Team) else text.team
    entry.updated_at = text.updated_at
    entry.revision = text.revision
    entry.overdue_at = text.overdue_at
    entry.is_archived = text.is_archived
    return entry


def _write(written: list[tuple[IndexEntry, Read]], *, is_counted: bool) -> None:
    new = [entry for entry, _ in written if entry._state.adding]
    old = [entry for entry, _ in written if not entry._state.adding]
    IndexEntry.objects.bulk_update(old, KEPT, batch_size=50)
    # Somebody may have written the same one a moment ago: theirs is then written over.
    IndexEntry.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=["source", "object_id"],
        update_fields=KEPT,
        batch_size=100,
    )
    before = _words_of([*old, *new]) if is_counted else {}
    Posting.objects.filter(entry__in=[entry.pk for entry in (*old, *new)]).delete()
    IndexText.objects.bulk_create(
        [
            IndexText(entry=entry, text=words.text, stream=words.stream)
            for entry, words in written
        ],
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=["text", "stream"],
        batch_size=100,
    )
    _insert_postings(
        (entry.pk, word, weight.weight, weight.fields)
        for entry, words in written
        for word, weight in words.postings.items()
    )
    IndexChange.objects.bulk_create(
        [
            change
            for entry, words in written
            if is_counted and (change := _change(before[entry.pk], set(words.postings)))
        ]
    )


def remove(entries: list[IndexEntry]) -> None:
    before = _words_of(entries)
    IndexEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    changes = [_change(words, set()) for words in before.values()]
    IndexChange.objects.bulk_create([change for change in changes if change])


def _words_of(entries: list[IndexEntry]) -> dict[int, set[str]]:
    words: dict[int, set[str]] = {entry.pk: set() for entry in entries}
    for entry, word in Posting.objects.filter(entry__in=words).values_list("entry_id", "word"):
        words[entry].add(word)
    return words


def _change(before: set[str], after: set[str]) -> IndexChange | None:
    added = sorted(word for word in after - before if is_word(word))
    removed = sorted(word for word in before - after if is_word(word))
    return IndexChange(added=added, removed=removed) if added or removed else None


def _insert_postings(rows: Iterable[tuple[Any, ...]]) -> None:
    """Many small rows: making a model of each would take longer than keeping it."""
    table = connection.ops.quote_name(Posting._meta.db_table)
    statement = f"INSERT INTO {table} (entry_id, word, weight, fields) VALUES (%s, %s, %s, %s)"  # noqa: S608 (our own name)
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def take_time() -> None:
    """Let the statements of this transaction take as long as they need."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
