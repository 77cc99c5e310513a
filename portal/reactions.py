"""Runs the handlers that events owe, each by itself, so that one failure stops no other."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from portal import clock, subscribers
from portal.models import Reaction

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=5)


def react(reaction_id: int) -> None:
    """Run one handler if it is still owed; a failure is noted and tried again later."""
    try:
        with transaction.atomic():
            owed = Reaction.objects.select_for_update(skip_locked=True, of=("self",))
            reaction = (
                owed.filter(pk=reaction_id, state=Reaction.State.DUE)
                .select_related("event")
                .first()
            )
            if reaction is None:  # done already, or in another process's hands
                return
            if handler := subscribers.of(reaction.event.kind).get(reaction.handler):
                handler(reaction.event)
            reaction.state = Reaction.State.DONE
            reaction.done_at = clock.now()
            reaction.save(update_fields=["state", "done_at"])
    except Exception as error:
        log.exception("A handler failed; it is tried again.")
        _note_failure(reaction_id, error)


def react_to_all_due(now: datetime) -> int:
    """Run what is due, the oldest first; return how many handlers were run."""
    due = Reaction.objects.filter(state=Reaction.State.DUE, due_at__lte=now)
    owed = list(due.order_by("pk").values_list("pk", flat=True)[:500])
    for pk in owed:
        react(pk)
    return len(owed)


@transaction.atomic
def _note_failure(reaction_id: int, error: Exception) -> None:
    reaction = Reaction.objects.select_for_update().get(pk=reaction_id)
    reaction.attempts += 1
    wait = min(timedelta(seconds=2**reaction.attempts), LONGEST_WAIT)
    reaction.due_at = clock.now() + wait
    reaction.error = f"{type(error).__name__}: {error}"[:2000]
    reaction.save(update_fields=["attempts", "due_at", "error"])
