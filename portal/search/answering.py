"""What helps with the things that were found, such as the runbook of an alert."""

from typing import NamedTuple

from portal.models import User
from portal.search.finding import Answer
from portal.slots import gather

LEADING = 3  # results that are asked about


class Help(NamedTuple):
    """Something else than what was found, and why it helps with that."""

    title: str
    url: str
    because: str


def help_with(user: User, answer: Answer) -> list[Help]:
    """
    Return what helps with the first results, unless it stands above them all anyway.

    Apps fill the slot "search.help" with contributions of `Help` for (user, [(source, pk)]).
    """
    if answer.page > 1 or not answer.results:
        return []
    found = [(result.source, result.object_id) for result in answer.results[:LEADING]]
    helpful: dict[str, Help] = {}
    for one in gather("search.help", user, found):
        helpful.setdefault(one.url, one)
    return [one for one in helpful.values() if one.url != answer.results[0].url]
