"""What one has read of the news, and the key under which a program reads them."""

import secrets

from django.db import transaction
from django.db.models import Q

from knowledge.models import ReaderSettings
from portal import clock, events
from portal.crypto import secret_hash
from portal.models import User

KEY_BYTES = 32
SHOWN_OF_KEY = 8


@transaction.atomic
def mark_read(*, until: int, actor: User) -> None:
    """Note that the person has read the news up to this one; it never goes back."""
    settings = _locked(actor)
    if until > settings.news_seen:
        settings.news_seen = until
        settings.save(update_fields=["news_seen"])


@transaction.atomic
def make_feed(*, actor: User) -> str:
    """Return a new key for the person's feed; one that there was opens nothing any more."""
    settings = _locked(actor)
    key = secrets.token_urlsafe(KEY_BYTES)
    settings.feed_prefix, settings.feed_hash = key[:SHOWN_OF_KEY], secret_hash(key)
    settings.feed_made_at, settings.feed_used_at = clock.now(), None
    settings.save()
    events.record("document_feed.created", actor, actor=actor)
    return key


@transaction.atomic
def close_feed(*, actor: User) -> None:
    """Have the key open nothing any more."""
    settings = _locked(actor)
    if not settings.feed_hash:
        return
    settings.feed_prefix, settings.feed_hash, settings.feed_made_at = "", "", None
    settings.save()
    events.record("document_feed.revoked", actor, actor=actor)


def feed_owner(key: str) -> User | None:
    """Return whose feed has this key, and note that it was read."""
    feeds = ReaderSettings.objects.exclude(feed_hash="").select_related("person")
    settings = feeds.filter(feed_hash=secret_hash(key)).first()
    if settings is None or not settings.person.may_look:
        return None
    now = clock.now()
    unused = Q(feed_used_at=None) | Q(feed_used_at__lt=now.replace(minute=0, second=0))
    ReaderSettings.objects.filter(unused, pk=settings.pk).update(feed_used_at=now)
    return settings.person


def _locked(person: User) -> ReaderSettings:
    ReaderSettings.objects.get_or_create(person=person)
    return ReaderSettings.objects.select_for_update().get(person=person)
