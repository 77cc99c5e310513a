"""Who is meant by “@Olivia” in what somebody wrote."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portal.models import Access, User

AT_WORK = [Access.MEMBER, Access.ADMINISTRATOR]
_AT = re.compile(r"(?<![\w@.])@")


class Call(NamedTuple):
    """A stretch of a text, from its @ to the end of the name, and whom it calls."""

    start: int
    end: int
    person: User


def people_mentioned(text: str) -> list[User]:
    """Return the people who may work here and are called by name or by their address."""
    return mentioned(text, whoever_may_be_called(text))


def whoever_may_be_called(text: str) -> list[User]:
    """Return everybody at work, or nobody where the text calls nobody at all."""
    return people_at_work() if _AT.search(text) else []


def people_at_work() -> list[User]:
    return list(User.objects.filter(is_active=True, access__in=AT_WORK))


def mentioned(text: str, people: Iterable[User]) -> list[User]:
    """
    Return those who are called: by whole name, by address, or by what nobody else is called.

    A first name, or what stands before the @ of an address, calls somebody only while it is
    nobody else's.
    """
    found = {call.person.pk: call.person for call in calls_in(text, people)}
    return list(found.values())


def calls_in(text: str, people: Iterable[User]) -> Iterator[Call]:
    """Find each call in the text, by the same rules."""
    called = _callable_names(people)
    lengths = sorted({len(name) for name in called}, reverse=True)
    lowered = text.lower()
    for at in _AT.finditer(lowered):
        for length in lengths:
            end = at.end() + length
            person = called.get(lowered[at.end() : end])
            if person and not _goes_on(lowered[end : end + 1]):
                yield Call(at.start(), end, person)
                break


def name_to_call(person: User, people: Iterable[User]) -> str:
    """Return what stands behind the @ to call this one of the people and nobody else."""
    called = _callable_names(people)
    name = person.name.strip()
    return name if called.get(name.lower()) == person else person.email


def _callable_names(people: Iterable[User]) -> dict[str, User]:
    called: dict[str, list[User]] = {}
    for person in people:
        for name in _names_of(person):
            called.setdefault(name, []).append(person)
    return {name: bearers[0] for name, bearers in called.items() if len(bearers) == 1}


def _names_of(person: User) -> set[str]:
    name = person.name.lower().strip()
    address = person.email.lower()
    return {name, name.split(" ")[0], address, address.split("@")[0]} - {""}


def _goes_on(following: str) -> bool:
    """Whether the name is only the beginning of a longer word."""
    return following.isalnum() or following == "_"
