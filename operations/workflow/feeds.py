"""Calendar feeds: keys that are shown once, and the shifts that are given out under them."""

import secrets
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from operations import on_call
from operations.calendar_feeds import AHEAD, BEHIND, Wanted, align
from operations.models import CalendarFeed, PublishedShift, Schedule
from portal import clock, events
from portal.crypto import secret_hash
from portal.errors import refuse
from portal.models import User

KEY_BYTES = 32
SHOWN_OF_KEY = 8
MOST_FEEDS = 20  # open ones of one person


@transaction.atomic
def make_feed(
    *, owner: User, schedule: Schedule | None = None, actor: User | None
) -> tuple[CalendarFeed, str]:
    """Make a feed of the owner's shifts, or of one schedule's; return it with its key."""
    User.objects.select_for_update().get(pk=owner.pk)
    if CalendarFeed.objects.of(owner).open().count() >= MOST_FEEDS:
        sentence = f"You have {MOST_FEEDS} feeds already."
        raise refuse("too_many", sentence, "Revoke one that no calendar reads any more.")
    key = secrets.token_urlsafe(KEY_BYTES)
    feed = CalendarFeed.objects.create(
        owner=owner,
        schedule=schedule,
        key_prefix=key[:SHOWN_OF_KEY],
        key_hash=secret_hash(key),
        created_at=clock.now(),
    )
    events.record("calendar_feed.created", feed, actor=actor, owner_id=owner.pk)
    return feed, key


@transaction.atomic
def revoke_feed(feed: CalendarFeed, *, actor: User | None) -> CalendarFeed:
    """Close a feed for good; calendars that read it are told that there is nothing."""
    locked = CalendarFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    if locked.revoked_at is not None:
        raise refuse("already_revoked", "This feed is revoked already.")
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    events.record("calendar_feed.revoked", locked, actor=actor, owner_id=locked.owner_id)
    return locked


def feed_by(key: str) -> CalendarFeed | None:
    """Return the open feed with this key, and note that it was read."""
    feeds = CalendarFeed.objects.open().select_related("owner", "schedule__team")
    feed = feeds.filter(key_hash=secret_hash(key)).first()
    if feed is None or not feed.owner.may_look:
        return None
    now = clock.now()
    unused = Q(last_used_at=None) | Q(last_used_at__lt=now.replace(minute=0, second=0))
    CalendarFeed.objects.filter(unused, pk=feed.pk).update(last_used_at=now)
    return feed


@transaction.atomic
def publish(schedule: Schedule, *, now: datetime) -> int:
    """
    Write down what calendar programs are told of a schedule; return how much of it is new.

    A second time with the same shifts writes nothing.
    """
    locked = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    begins = now - BEHIND
    known = PublishedShift.objects.filter(
        schedule=locked, ends_at__gt=begins, is_cancelled=False
    )
    due = align(known, _wanted(locked, begins, now), begins=begins)
    for row in due.called_off:
        _change(row, now, is_cancelled=True)
    for row, each in due.moved:
        span = {"starts_at": each.starts_at, "ends_at": each.ends_at}
        _change(row, now, reason=each.reason[:300], **span)
    PublishedShift.objects.bulk_create(
        PublishedShift(
            schedule=locked,
            person_id=each.person_id,
            uid=uuid.uuid4(),
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            reason=each.reason[:300],
            made_at=now,
            changed_at=now,
        )
        for each in due.new
    )
    return len(due.called_off) + len(due.moved) + len(due.new)


def publish_all(now: datetime) -> int:
    """Move the horizon of every schedule on."""
    return sum(publish(schedule, now=now) for schedule in Schedule.objects.order_by("pk"))


def _change(row: PublishedShift, now: datetime, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.sequence += 1
    row.changed_at = now
    row.save(update_fields=["sequence", "changed_at", *fields])


def _wanted(schedule: Schedule, begins: datetime, now: datetime) -> list[Wanted]:
    """
    The shifts of each person; one that ends with the horizon is cut there and no sooner.

    The window is longer than what is given out, so that the cut moves on unseen.
    """
    horizon = now + AHEAD
    return [
        Wanted(person.pk, shift.starts_at, shift.ends_at, shift.reason)
        for shift in on_call.shifts(schedule, begins, horizon + BEHIND)
        if shift.starts_at < horizon
        for person in shift.people
    ]
