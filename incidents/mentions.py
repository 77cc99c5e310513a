"""Who is meant by “@Olivia” in what somebody wrote."""

import re
from collections.abc import Iterable

from portal.models import Access, User

AT_WORK = [Access.MEMBER, Access.ADMINISTRATOR]
_AT = re.compile(r"(?<![\w@.])@")


def people_mentioned(text: str) -> list[User]:
    """Return the people who may work here and are called by name or by their address."""
    if not _AT.search(text):
        return []
    people = User.objects.filter(is_active=True, access__in=AT_WORK)
    return mentioned(text, people)


def mentioned(text: str, people: Iterable[User]) -> list[User]:
    """
    Return those who are called: by whole name, by address, or by what nobody else is called.

    A first name, or what stands before the @ of an address, calls somebody only while it is
    nobody else's.
    """
    everybody = list(people)
    called: dict[str, list[User]] = {}
    for person in everybody:
        for name in _names_of(person):
            called.setdefault(name, []).append(person)
    names = sorted((name for name in called if len(called[name]) == 1), key=len, reverse=True)
    found = {}
    lowered = text.lower()
    for at in _AT.finditer(lowered):
        rest = lowered[at.end() :]
        for person in (called[name][0] for name in names if _begins_with(rest, name)):
            found[person.pk] = person
            break
    return list(found.values())


def _names_of(person: User) -> set[str]:
    name = person.name.lower().strip()
    address = person.email.lower()
    return {name, name.split(" ")[0], address, address.split("@")[0]} - {""}


def _begins_with(text: str, name: str) -> bool:
    following = text[len(name) : len(name) + 1]
    return text.startswith(name) and not (following.isalnum() or following == "_")
