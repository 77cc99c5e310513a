"""
Watching documents and spaces. What people watch is their own affair and no event.

Who writes, comments or reviews watches from then on, unless they said otherwise.
"""

from typing import Any

from django.db import transaction

from knowledge.models import Document, ReaderSettings, Space, Watch, WatchReason
from portal import clock
from portal.models import User


def watch(subject: Document | Space, *, actor: User) -> Watch:
    """Have the person told of what happens to it; twice is as once."""
    return _set(subject, actor, is_on=True)


def unwatch(subject: Document | Space, *, actor: User) -> Watch:
    """Tell them no more, not even where they write or comment later."""
    return _set(subject, actor, is_on=False)


@transaction.atomic
def watch_by_itself(document: Document, person: User, reason: WatchReason) -> None:
    """Have somebody watch what they work at, where they never said anything about it."""
    if ReaderSettings.objects.filter(person=person, watches_own=False).exists():
        return
    Watch.objects.get_or_create(
        document=document,
        person=person,
        defaults={"reason": reason, "since": clock.now()},
    )


def set_watches_own(*, watches_own: bool, actor: User) -> ReaderSettings:
    """Say whether one watches what one writes, comments on or reviews."""
    return ReaderSettings.objects.update_or_create(
        person=actor, defaults={"watches_own": watches_own}
    )[0]


def _set(subject: Document | Space, person: User, *, is_on: bool) -> Watch:
    which: dict[str, Any] = {"document" if isinstance(subject, Document) else "space": subject}
    fields = {"is_on": is_on, "reason": WatchReason.CHOSEN, "since": clock.now()}
    return Watch.objects.update_or_create(person=person, **which, defaults=fields)[0]
