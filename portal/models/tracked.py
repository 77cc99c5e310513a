"""Records whose past versions are kept, each with the person who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models
from django.db.models.deletion import Collector
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from portal.models.people import User


class Unattributed(RuntimeError):
    """A tracked record was saved, and nobody said who changed it."""


def _nobody_said_who(*, instance: models.Model, **_: Any) -> NoReturn:
    raise Unattributed(f"Set changed_by before saving {instance!r}; None means the system.")


class Attributed(models.Model):
    """A record that says who changes it before it is saved; `None` means the system."""

    class Meta:
        abstract = True

    @property
    def changed_by(self) -> User | None:
        person: User | None = self._history_user
        return person

    @changed_by.setter
    def changed_by(self, person: User | None) -> None:
        self._history_user = person


def versions(**options: Any) -> HistoricalRecords:
    """Return the keeper of a record's versions; each version must name who made it."""
    return HistoricalRecords(get_user=_nobody_said_who, **options)


class Tracked(Attributed):
    """
    A record whose past versions are kept, each with the person who made it.

    History answers what a record looked like; an `Event` answers what happened and who
    must be told. Set `changed_by` before each save, in requests, tasks and commands alike:
    guessing it from the current request would leave out everything done without one.
    """

    history = versions(inherit=True)

    class Meta:
        abstract = True


def delete_as(record: models.Model, person: User | None) -> None:
    """Delete the record and all that goes with it, every one of them in this person's name."""
    collector = Collector(using=record._state.db or "default", origin=record)
    collector.collect([record])
    for rows in collector.data.values():
        for row in rows:
            if isinstance(row, Attributed):
                row.changed_by = person
    collector.delete()
