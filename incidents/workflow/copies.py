"""
Keeping copies of the status page outside of the portal, so that it outlives the portal.

A row for each place says when it is next to be written: at once after a change, and every few
minutes so that its age can be told. Workers are hinted and do it; the pager takes what lies
there for long. Pages are drawn here and written by a thread of a lane of its own, so that a
store that hangs delays nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from incidents.copy_places import Written, places, write
from incidents.models import PageCopy
from incidents.status_documents import Document, Publication, all_paths
from portal import clock, events, leases
from portal.hints import later
from portal.lanes import Job, Lanes
from portal.models import SendState

EVERY = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=5)
LEFT_LYING = timedelta(seconds=5)  # then the pager does what no worker did
DEADLINE = 18.0  # seconds; within the lease of a claim

_lanes: Lanes[PageCopy, Written] = Lanes(
    "status page",
    too_late=Written(error="It did not take the page in time."),
    slots_of_a_lane=1,
    deadline=DEADLINE,
)


@transaction.atomic
def want_copies(now: datetime) -> int:
    """Have each place written soon, whatever is wanted of it already; return how many."""
    wanted = places()
    for place in wanted:
        PageCopy.objects.get_or_create(place=place, defaults={"due_at": now})
    rows = PageCopy.objects.filter(place__in=wanted)
    count = rows.update(due_at=Least("due_at", now), wanted_at=now)
    if count:
        later("incidents.copy_status_page")
    return count


def copy_due(now: datetime, *, patience: float) -> int:
    """Write what is due; wait `patience` seconds for it; return how many places were begun."""
    rows = PageCopy.objects.filter(place__in=places())
    free = [place for place in places() if _lanes.free(place)]
    claimed = leases.claim(rows.filter(place__in=free), now, limit=len(free))
    begun = [_begin(copy) for copy in claimed]
    _lanes.wait(begun, patience)
    for job, written in _lanes.collect():
        _mark(job.row, written)
    return len(begun)


def draw(now: datetime, *, is_first: bool) -> list[Document]:
    """Draw the parts of a copy, as the public sees them."""
    publication = Publication(now, is_copy=True)
    paths = list(all_paths(publication, is_first=is_first))
    drawn = (publication.document(path) for path in paths)
    return [document for document in drawn if document is not None]


def _begin(copy: PageCopy) -> Job[PageCopy, Written]:
    copy.drawn_at = clock.now()
    documents = draw(copy.drawn_at, is_first=not copy.files)
    return _lanes.start(
        copy.place, copy, lambda row: write(row.place, documents, dict(row.files))
    )


def _mark(copy: PageCopy, written: Written) -> None:
    now = clock.now()
    if written.error:
        _mark_failed(copy, written, now)
        return
    was_failing = copy.failing_since
    with transaction.atomic():
        mine = PageCopy.objects.filter(
            pk=copy.pk, state=SendState.CLAIMED, claim=copy.claim, wanted_at=copy.wanted_at
        )
        done = {
            "state": SendState.DUE,
            "claim": "",
            "lease_until": None,
            "attempts": 0,
            "last_error": "",
            "sent_at": now,
            "drawn_at": copy.drawn_at,
            "files": written.files,
            "failing_since": None,
        }
        if not mine.update(due_at=now + EVERY, **done):  # wanted again meanwhile
            again = PageCopy.objects.filter(pk=copy.pk, claim=copy.claim)
            again.update(due_at=now, **done)
        if was_failing is not None:
            events.record("status_page.copy_restored", copy, actor=None, place=copy.place)


def _mark_failed(copy: PageCopy, written: Written, now: datetime) -> None:
    with transaction.atomic():
        marked = leases.mark_failed(
            copy,
            written.error,
            longest=LONGEST_WAIT,
            failing_since=Coalesce(F("failing_since"), now),
        )
        if written.files:
            PageCopy.objects.filter(pk=copy.pk).update(files=written.files)
        if marked and copy.failing_since is None:
            events.record(
                "status_page.copy_failed", copy, actor=None, place=copy.place, why=written.error
            )
