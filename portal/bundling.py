"""
Bundles: in a storm, a reader gets a few messages singly and the rest in one that names them.

Each way to a reader bears so many messages in fifteen minutes (`portal.natures`). What comes
beyond joins a message of its own, which leaves a minute later, or five when there was one
before in that time. Nothing is dropped: each message keeps its row and points to the one
that tells of it. Severity 0 is never part of this.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from secrets import token_hex

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.channels import absolute
from portal.models import Channel, ContactMethod, Notification, SendState, Urgency
from portal.natures import MOST_WITHIN_WINDOW, WINDOW, Nature, nature_of

FIRST_WAITS = timedelta(minutes=1)
NEXT_WAITS = timedelta(minutes=5)
NAMED = 50  # messages that a bundle names one by one
SINGLE = ["test", "bundle", "synthetic"]  # kinds that always go by themselves
MOST_URGENT_FIRST = ("urgency", F("priority").asc(nulls_last=True), "due_at", "pk")

Reader = tuple[int | None, int | None, int | None]  # ids of person, contact, channel


def bundleable() -> QuerySet[Notification]:
    """What may be told of together with others: all but severity 0 and single kinds."""
    return Notification.objects.filter(state=SendState.DUE).exclude(
        Q(priority=0) | Q(kind__in=SINGLE) | Q(person=None, channel=None)
    )


@transaction.atomic
def bundle(now: datetime, owed: QuerySet[Notification] | None = None) -> int:
    """Put what is too much for its reader into bundles; return how many messages that was."""
    due = bundleable().filter(due_at__lte=now)
    if owed is not None:
        due = due & owed
    counts = due.order_by().values_list("person", "contact", "channel").annotate(Count("pk"))
    waiting: dict[Reader, int] = {
        (person, contact, channel): n for person, contact, channel, n in counts if n > 0
    }
    most = _most(waiting)
    lately = _sent_lately(waiting, now)
    return sum(
        _bundle_for(reader, due, room=max(0, most[reader] - lately.get(reader, 0)), now=now)
        for reader, count in waiting.items()
        if reader in most and count + lately.get(reader, 0) > most[reader]
    )


def _most(readers: Iterable[Reader]) -> dict[Reader, int]:
    """How many messages each reader bears; a program, which bears all, is left out."""
    asked = list(readers)
    contacts = ContactMethod.objects.in_bulk({contact for _, contact, _ in asked if contact})
    channels = Channel.objects.in_bulk({channel for *_, channel in asked if channel})
    most: dict[Reader, int] = {}
    for reader in asked:
        _person, contact, channel = reader
        nature = Nature.MAIL  # of the sign-in address
        if contact in contacts:
            nature = nature_of(contacts[contact].kind, contacts[contact].destination)
        elif channel in channels:
            nature = nature_of(channels[channel].kind, channels[channel].destination)
        if nature in MOST_WITHIN_WINDOW:
            most[reader] = MOST_WITHIN_WINDOW[nature]
    return most


def _sent_lately(readers: Iterable[Reader], now: datetime) -> dict[Reader, int]:
    asked = list(readers)
    of_these = Q(person__in={person for person, *_ in asked if person}) | Q(
        channel__in={channel for *_, channel in asked if channel}
    )
    lately = Q(state=SendState.SENT, sent_at__gt=now - WINDOW) | Q(state=SendState.CLAIMED)
    rows = Notification.objects.filter(of_these, lately).order_by()
    counts = rows.values_list("person", "contact", "channel").annotate(Count("pk"))
    return {(person, contact, channel): n for person, contact, channel, n in counts}


def _bundle_for(
    reader: Reader, due: QuerySet[Notification], *, room: int, now: datetime
) -> int:
    person, contact, channel = reader
    theirs = due.filter(person=person, contact=contact, channel=channel)
    locked = theirs.select_for_update(skip_locked=True, of=("self",))
    surplus = list(locked.order_by(*MOST_URGENT_FIRST)[room:])
    for urgency, rows in groupby(surplus, key=lambda row: row.urgency):
        _join(reader, Urgency(urgency), list(rows), now)
    return len(surplus)


def _join(reader: Reader, urgency: Urgency, rows: list[Notification], now: datetime) -> None:
    """Have the reader's next bundle tell of these rows."""
    person, contact, channel = reader
    bundles = Notification.objects.filter(
        kind="bundle", urgency=urgency, person=person, contact=contact, channel=channel
    )
    waiting = bundles.filter(state=SendState.DUE, attempts=0, told__isnull=False)
    into = waiting.select_for_update(of=("self",)).order_by("pk").first()
    if into is None:
        had_one = bundles.filter(sent_at__gt=now - WINDOW).exists()
        due_at = now + (NEXT_WAITS if had_one else FIRST_WAITS)
        into = Notification.objects.create(
            person_id=person,
            contact_id=contact,
            channel_id=channel,
            urgency=urgency,
            kind="bundle",
            lane=rows[0].lane,
            subject=_("Several messages in one"),
            body="",
            url="/inbox/" if person else "",
            due_at=due_at,
            wanted_at=due_at,
            idempotency_key=token_hex(32),
            occasion=token_hex(32),
            in_inbox=False,
        )
    severest = min((row.priority for row in rows if row.priority is not None), default=None)
    if severest is not None and (into.priority is None or severest < into.priority):
        into.priority = severest
        into.save(update_fields=["priority"])
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=SendState.BUNDLED, bundle=into
    )


@dataclass(frozen=True)
class Told:
    """The text of a bundle."""

    subject: str
    body: str


def text_of(bundle_row: Notification) -> Told | None:
    """
    Return what a bundle says of the messages that are still wanted; None when none is.

    One that tells of no messages of its own, a copy by another way, keeps its text.
    """
    told = list(bundle_row.told.order_by("pk"))
    if not told:
        return Told(bundle_row.subject, bundle_row.body)
    wanted = [row for row in told if row.state == SendState.BUNDLED]
    if not wanted:
        return None
    lines = [_line(row) for row in wanted[:NAMED]]
    left = len(wanted) - NAMED
    if left > 0:
        lines.append(ngettext("and %(n)d more", "and %(n)d more", left) % {"n": left})
    return Told(_subject(wanted), "\n".join(lines))


def _line(row: Notification) -> str:
    return f"• {row.subject} {absolute(row.url)}".rstrip()


def _subject(rows: list[Notification]) -> str:
    if all(row.kind == "page" and row.topic for row in rows):
        count = len({row.topic for row in rows})
        words = ngettext("%(n)d more incident", "%(n)d more incidents", count)
    else:
        count = len(rows)
        words = ngettext("%(n)d more message", "%(n)d more messages", count)
    names = "; ".join(dict.fromkeys(row.subject for row in rows))
    return f"{words % {'n': count}}: {names}"[:250]


@dataclass(frozen=True)
class Bundled:
    """How many messages wait in bundles, for the health page."""

    messages: int
    bundles: int


def waiting_now() -> Bundled:
    rows = Notification.objects.filter(
        state=SendState.BUNDLED, bundle__state__in=[SendState.DUE, SendState.CLAIMED]
    )
    counted = rows.aggregate(messages=Count("pk"), bundles=Count("bundle", distinct=True))
    return Bundled(**counted)
