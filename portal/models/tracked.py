"""Records whose past versions are kept, each with the person who made it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q
from django.db.models.deletion import Collector
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from portal.models.people import User


Constraints = list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]


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

    def get_constraints(self) -> Constraints:
        """
        Those that are asked before saving; asking each would cost a query of its own.

        Conditions without words for people hold for nearly all that is written: they are asked
        of the database together, and one by one only if one of them is broken.
        """
        return [(model, _together(all_of)) for model, all_of in super().get_constraints()]


class Together(models.CheckConstraint):
    """Several conditions that are asked in one query, as long as all of them hold."""

    def __init__(self, parts: Sequence[models.CheckConstraint]) -> None:
        self.parts = parts
        super().__init__(condition=Q(*(part.condition for part in parts)), name="together")

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        # A condition on a field that is left out is not asked; the broken one says which it is.
        if exclude or not self._holds(model, instance, using):
            for part in self.parts:
                part.validate(model, instance, exclude=exclude, using=using)

    def _holds(self, model: type[models.Model], instance: models.Model, using: str) -> bool:
        try:
            super().validate(model, instance, using=using)
        except ValidationError:
            return False
        return True


def _together(constraints: Sequence[models.BaseConstraint]) -> list[models.BaseConstraint]:
    silent = [
        each
        for each in constraints
        if isinstance(each, models.CheckConstraint) and not _has_words(each)
    ]
    told = [each for each in constraints if each not in silent]
    return [*told, Together(silent)] if silent else told


def _has_words(constraint: models.BaseConstraint) -> bool:
    return constraint.violation_error_message != constraint.default_violation_error_message


class VersionsManager(HistoryManager):  # type: ignore[misc]  # the library says no types
    """The library makes the manager's class anew at each look, a third of each save."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


def versions(**options: Any) -> HistoricalRecords:
    """Return the keeper of a record's versions; each version must name who made it."""
    return HistoricalRecords(
        get_user=_nobody_said_who, history_manager=VersionsManager, **options
    )


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
