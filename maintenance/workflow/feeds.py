"""Calendar feeds of changes: keys that are shown once, and what is given out under them."""

import secrets

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from maintenance.models import (
    AUTHORISED_STATES,
    GIVEN_UP,
    ChangeFeed,
    EventStatus,
    MaintenanceRequest,
    PublishedChange,
    RequestState,
)
from portal import clock, events
from portal.crypto import secret_hash
from portal.errors import refuse
from portal.models import Team, User

KEY_BYTES = 32
SHOWN_OF_KEY = 8
MOST_FEEDS = 20  # open ones of one person

S = RequestState
STATUSES: dict[RequestState, EventStatus] = {
    **dict.fromkeys(S, EventStatus.TENTATIVE),
    **dict.fromkeys(AUTHORISED_STATES, EventStatus.CONFIRMED),
    **dict.fromkeys(GIVEN_UP, EventStatus.CANCELLED),
}


@transaction.atomic
def make_change_feed(
    *, owner: User, team: Team | None = None, is_of_own: bool = False, actor: User | None
) -> tuple[ChangeFeed, str]:
    """Make a feed of all changes, of a team's or of the owner's own; return it with its key."""
    User.objects.select_for_update().get(pk=owner.pk)
    if ChangeFeed.objects.of(owner).open().count() >= MOST_FEEDS:
        sentence = _("You have %(n)s feeds already.") % {"n": MOST_FEEDS}
        remedy = _("Revoke one that no calendar reads any more.")
        raise refuse("too_many", sentence, remedy)
    key = secrets.token_urlsafe(KEY_BYTES)
    feed = ChangeFeed.objects.create(
        owner=owner,
        team=None if is_of_own else team,
        is_of_own=is_of_own,
        key_prefix=key[:SHOWN_OF_KEY],
        key_hash=secret_hash(key),
        created_at=clock.now(),
    )
    events.record("change_feed.created", feed, actor=actor, owner_id=owner.pk)
    return feed, key


@transaction.atomic
def revoke_change_feed(feed: ChangeFeed, *, actor: User | None) -> ChangeFeed:
    """Close a feed for good; calendars that read it are told that there is nothing."""
    locked = ChangeFeed.objects.select_for_update(of=("self",)).get(pk=feed.pk)
    if locked.revoked_at is not None:
        raise refuse("already_revoked", _("This feed is revoked already."))
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    events.record("change_feed.revoked", locked, actor=actor, owner_id=locked.owner_id)
    return locked


def change_feed_by(key: str) -> ChangeFeed | None:
    """Return the open feed with this key, and note that it was read."""
    feeds = ChangeFeed.objects.open().select_related("owner", "team")
    feed = feeds.filter(key_hash=secret_hash(key)).first()
    if feed is None or not feed.owner.may_look:
        return None
    now = clock.now()
    unused = Q(last_used_at=None) | Q(last_used_at__lt=now.replace(minute=0, second=0))
    ChangeFeed.objects.filter(unused, pk=feed.pk).update(last_used_at=now)
    return feed


def publish(request: MaintenanceRequest) -> None:
    """
    Write down what calendar programs are told of a request, in the transaction that moves it.

    The sequence rises with every change of time or status; the same again writes nothing.
    """
    known = PublishedChange.objects.filter(request=request).first()
    start, end = request.planned_start, request.planned_end
    status = STATUSES[RequestState(request.state)]
    if start is None or end is None:
        if known is None:
            return
        start, end, status = known.starts_at, known.ends_at, EventStatus.CANCELLED
    wanted = {"starts_at": start, "ends_at": end, "status": status}
    if known is None:
        PublishedChange.objects.create(
            request=request, title=request.title, changed_at=clock.now(), **wanted
        )
        return
    told = {name: getattr(known, name) for name in wanted}
    if told == wanted and known.title == request.title:
        return
    for name, value in wanted.items():
        setattr(known, name, value)
    known.sequence += told != wanted
    known.title = request.title
    known.changed_at = clock.now()
    known.save()


def publish_missing() -> int:
    """Write down the planned requests from before there were feeds; return how many."""
    published = PublishedChange.objects.values("request")
    rows = MaintenanceRequest.objects.filter(planned_start__isnull=False)
    missing = list(rows.filter(planned_end__isnull=False).exclude(pk__in=published))
    for request in missing:
        publish(request)
    return len(missing)
