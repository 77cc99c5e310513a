"""Celery beat's scheduler, with a sign of life."""

import logging
import socket
from typing import Any

from django.db import DatabaseError, close_old_connections
from django_celery_beat.schedulers import DatabaseScheduler

from portal import heartbeats

log = logging.getLogger(__name__)


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the package has no types
    """The schedule of the database; each look at it is noted, so that silence is seen."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        close_old_connections()  # one that the server has dropped would stay dropped
        try:
            heartbeats.beat(f"beat {socket.gethostname()}", "beat")
        except DatabaseError as error:
            log.warning("The database did not answer: %s", error)
        return super().tick(*args, **kwargs)
