"""Whom one may call by name in a document, and in what is said about it."""

from knowledge.access import readers_among
from knowledge.models import Document
from portal.mentions import name_to_call, people_at_work
from portal.models import User

MOST_OFFERED = 8


def people_to_call(document: Document, typed: str) -> list[dict[str, str]]:
    """Return `name` and `call`, what to write behind the @, of those who fit what is typed."""
    everybody = people_at_work()
    fitting = [person for person in everybody if _fits(person, typed.lower().strip())]
    readers = readers_among(document, fitting[:MOST_OFFERED])
    return [
        {"name": person.name, "call": name_to_call(person, everybody)} for person in readers
    ]


def _fits(person: User, typed: str) -> bool:
    name = person.name.lower()
    return person.email.startswith(typed) or any(
        part.startswith(typed) for part in (name, *name.split())
    )
