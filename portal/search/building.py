"""
Keeps the index up with what happens, and builds it where there is none.

Whoever changes a document writes its entry at once. Everything else is followed from the
events that every change records anyway, so that taking in an alert costs nothing more. An
event whose transaction ended late stands below one that was followed; so those of the last
moments are remembered one by one.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from portal.models import Event, IndexChange, IndexEntry, IndexState
from portal.search.sources import Source, sources
from portal.search.vocabulary import count_anew, count_changes
from portal.search.words import RULES
from portal.search.writing import index, remove, take_time

LATEST = timedelta(seconds=60)  # a transaction that records an event has ended by then
EVENTS = 500  # followed at a time
RECORDS = 50  # read in one transaction

Told = Callable[[str, int, int], object]  # source, read of it, all of it


def follow(now: datetime, *, seconds: float = 2.0) -> int:
    """
    Bring the index up to date, for about so many seconds; return how much was done.

    Two at once do the same twice, which changes nothing.
    """
    ends_at = time.monotonic() + seconds
    done = 0
    while time.monotonic() < ends_at and (followed := _follow_events(now)):
        done += followed
    while not _state().is_built and time.monotonic() < ends_at:
        done += build_some()
    while time.monotonic() < ends_at and (counted := _count()):
        done += counted
    return done


def rebuild(tell: Told = lambda *_: None) -> None:
    """Make the whole index anew, while people go on searching in the old one."""
    with transaction.atomic():
        state = _locked()
        if state is not None:
            _begin(state)
    while not (state := _state()).is_built:
        build_some()
        _tell_progress(tell)


def _tell_progress(tell: Told) -> None:
    state = _state()
    at = next((of for of in sources() if of.key == state.source), None)
    if at is not None:
        read = IndexEntry.objects.filter(source=at.key, object_id__lte=state.position)
        tell(at.key, read.count(), at.rows().count())


def is_built() -> bool:
    state = IndexState.objects.filter(pk=1).first()
    return state is not None and state.is_built


@transaction.atomic
def build_some() -> int:
    """Read the next records of the source that it is at; return how many."""
    state = _locked()
    if state is None or state.is_built:
        return 0
    all_sources = sources()
    at = next((of for of in all_sources if of.key >= state.source), None)
    if at is None:
        _finish(state)
        return 0
    after = state.position if at.key == state.source else 0
    rows = at.rows().order_by("pk").filter(pk__gt=after).values_list("pk", flat=True)
    pks = list(rows[:RECORDS])
    if pks:
        index(at.key, pks, is_counted=False)
        state.source, state.position = at.key, pks[-1]
    else:
        _remove_gone(at)
        state.source, state.position = _after(at.key), 0
    state.save(update_fields=["source", "position"])
    return len(pks)


def mend() -> None:
    """Add what no event told of, and remove what is gone or too old to be found."""
    for of in sources():
        known = IndexEntry.objects.filter(source=of.key).values("object_id")
        missing = list(of.rows().exclude(pk__in=known).values_list("pk", flat=True))
        index(of.key, missing)
        with transaction.atomic():
            _remove_gone(of)


def _after(key: str) -> str:
    """The first text behind this key, so that the next source is found by order."""
    return f"{key} "


def _remove_gone(of: Source) -> None:
    gone = IndexEntry.objects.filter(source=of.key).exclude(
        object_id__in=of.rows().values("pk")
    )
    remove(list(gone.only("pk")))


def _finish(state: IndexState) -> None:
    remove(list(IndexEntry.objects.exclude(source__in=[of.key for of in sources()]).only("pk")))
    take_time()
    count_anew()
    state.is_built = True
    state.entry_count = IndexEntry.objects.count()
    state.save(update_fields=["is_built", "entry_count"])


def _begin(state: IndexState) -> None:
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    state.version, state.is_built = RULES, False
    state.source, state.position = "", 0
    state.event, state.seen = state.event or newest or 0, state.seen
    state.save()


def _state() -> IndexState:
    """The one row, by the rules of today."""
    state, _is_new = IndexState.objects.get_or_create(pk=1)
    if state.version != RULES:
        with transaction.atomic():
            locked = _locked()
            if locked is not None and locked.version != RULES:
                _begin(locked)
        state.refresh_from_db()
    return state


def _locked() -> IndexState | None:
    IndexState.objects.get_or_create(pk=1)
    return IndexState.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def _count() -> int:
    if not IndexChange.objects.exists():
        return 0
    with transaction.atomic():
        return count_changes() if _locked() else 0


def _follow_events(now: datetime) -> int:
    """Read anew what the events since the last round are about; looking costs no lock."""
    state = _state()
    seen = set(state.seen)
    newer = Event.objects.filter(pk__gt=state.event).exclude(pk__in=seen).order_by("pk")
    fresh = list(newer.values_list("pk", "content_type_id", "object_id")[:EVENTS])
    if not fresh:
        return 0
    for key, pks in _concerned(fresh).items():
        index(key, pks)
    _keep_seen({pk for pk, _kind, _object in fresh}, now)
    return len(fresh)


@transaction.atomic
def _keep_seen(fresh: set[int], now: datetime) -> None:
    state = IndexState.objects.select_for_update().get(pk=1)
    seen = fresh | set(state.seen)
    settled = Event.objects.filter(pk__in=seen, recorded_at__lt=now - LATEST)
    state.event = max([state.event, *settled.values_list("pk", flat=True)])
    state.seen = sorted(pk for pk in seen if pk > state.event)
    state.entry_count = IndexEntry.objects.count()
    state.save(update_fields=["event", "seen", "entry_count"])


def _concerned(events: Iterable[tuple[int, int, int]]) -> dict[str, set[int]]:
    """Return the records of each source that these events say something of."""
    subjects: dict[int, set[int]] = defaultdict(set)
    for _pk, kind, subject in events:
        subjects[kind].add(subject)
    concerned: dict[str, set[int]] = defaultdict(set)
    for kind, pks in subjects.items():
        model = ContentType.objects.get_for_id(kind).model_class()
        for of in sources():
            if of.model is model:
                concerned[of.key] |= pks
            elif model in of.follows:
                concerned[of.key] |= set(of.follows[model](sorted(pks)))
    return concerned
