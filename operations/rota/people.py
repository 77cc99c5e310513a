"""Who can be asked for: whatever has a name and says whether it may work."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Protocol

from django.utils.translation import gettext as _


class Person(Hashable, Protocol):
    """Somebody who may be on call; `str()` gives the name."""

    @property
    def pk(self) -> int: ...

    @property
    def may_work(self) -> bool: ...


def able(people: Iterable[Person], notes: list[str]) -> tuple[Person, ...]:
    """Return those who may work; of the others, a sentence goes to `notes`."""
    found = []
    for person in people:
        if person.may_work:
            found.append(person)
        else:
            sentence = _("%(name)s cannot work any more and is passed over.")
            notes.append(sentence % {"name": person})
    return tuple(found)


def names(people: Iterable[Person]) -> str:
    return ", ".join(str(person) for person in people)
