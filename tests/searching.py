"""What a search finds, once all that there is stands in the index."""

from typing import Any

from portal.models import User
from portal.search import building
from portal.search.finding import Answer, Wanted, search


def ask(user: User, text: str, **wanted: Any) -> Answer:
    """Search in an index that is up to date."""
    building.rebuild()
    return search(user, text, Wanted(**wanted))


def found(user: User, text: str, **wanted: Any) -> list[str]:
    """The titles that this person finds, the best first."""
    return [result.title for result in ask(user, text, **wanted).results]
