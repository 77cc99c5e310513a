"""
Runs the handlers that events owe.

Several are run in one transaction, since a commit costs as much as a handler; those of which
one fails are run again one by one, so that it stops no other.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from portal import clock, subscribers
from portal.models import Reaction

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=5)
LOOKED_AT = 500
TOGETHER = 50  # reactions in one transaction; its locks are held for a moment only


def react(reaction_id: int) -> None:
    """Run one handler if it is still owed; a failure is noted and tried again later."""
    try:
        with transaction.atomic():
            if owed := _owed([reaction_id]):
                _run(owed)
    except Exception as error:
        log.exception("A handler failed; it is tried again.")
        _note_failure(reaction_id, error)


def react_to_all_due(now: datetime) -> int:
    """
    Run what is due; return how many handlers were run.

    The oldest first, those of one service together: its row is what many handlers lock.
    """
    due = Reaction.objects.filter(state=Reaction.State.DUE, due_at__lte=now)
    rows = due.order_by("pk").values_list("event__service_id", "pk")[:LOOKED_AT]
    owed = [pk for _service, pk in sorted(rows, key=lambda row: (row[0] or 0, row[1]))]
    for start in range(0, len(owed), TOGETHER):
        _react_together(owed[start : start + TOGETHER])
    return len(owed)


def _react_together(pks: list[int]) -> None:
    try:
        failed = _react_to(pks)
    except Exception:
        log.exception("Handlers failed together; each is run by itself.")
        failed = pks
    for pk in failed:
        react(pk)


@transaction.atomic
def _react_to(pks: list[int]) -> list[int]:
    """Run those that are still owed; return those that are to be run one by one."""
    failed: list[int] = []
    for some in _rounds(_owed(pks)):
        by_handler: dict[str, list[Reaction]] = defaultdict(list)
        for reaction in some:
            by_handler[reaction.handler].append(reaction)
        for mine in by_handler.values():
            try:
                with transaction.atomic():
                    _run(mine)
            except Exception as error:
                log.info("Of %d handlers one failed: %s", len(mine), error)
                failed += [reaction.pk for reaction in mine]
    return failed


def _owed(pks: list[int]) -> list[Reaction]:
    """Lock those that nobody has run and that are in no other process's hands."""
    waiting = Reaction.objects.filter(pk__in=pks, state=Reaction.State.DUE)
    locked = waiting.select_for_update(skip_locked=True, of=("self",))
    return list(locked.select_related("event").order_by("pk"))


def _rounds(reactions: list[Reaction]) -> Iterator[list[Reaction]]:
    """Part them so that what happened to one subject is heard of in order."""
    some: list[Reaction] = []
    heard: dict[tuple[int, int], int] = {}
    for reaction in reactions:
        event = reaction.event
        subject = (event.content_type_id, event.object_id)
        if heard.setdefault(subject, event.pk) != event.pk:
            yield some
            some, heard = [], {subject: event.pk}
        some.append(reaction)
    yield some


def _run(reactions: list[Reaction]) -> None:
    """Run the handler that all of these name; in the same transaction it is owed no more."""
    by_kind = subscribers.of(reactions[0].event.kind)
    if handler := by_kind.get(reactions[0].handler):
        handler([reaction.event for reaction in reactions])
    done = Reaction.objects.filter(pk__in=[reaction.pk for reaction in reactions])
    done.update(state=Reaction.State.DONE, done_at=clock.now())


@transaction.atomic
def _note_failure(reaction_id: int, error: Exception) -> None:
    reaction = Reaction.objects.select_for_update().get(pk=reaction_id)
    reaction.attempts += 1
    wait = min(timedelta(seconds=2**reaction.attempts), LONGEST_WAIT)
    reaction.due_at = clock.now() + wait
    reaction.error = f"{type(error).__name__}: {error}"[:2000]
    reaction.save(update_fields=["attempts", "due_at", "error"])
