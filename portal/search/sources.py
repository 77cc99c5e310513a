"""
What can be found: each app says it in its own `searchable.py`.

`@searchable("knowledge.document", ...)` stands above a function that describes one record;
the records that a person may know of are asked for by `visible_to`, inside each search.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet

from portal.models import Team, User

# From the strongest to the weakest; the place of each is its bit in a posting.
FIELDS = ("title", "names", "alerts", "tags", "headings", "body", "code")


# Of what has no time of change, such as a service; it is never shown.
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Description:
    """What one record says of itself. `names` are former titles, addresses, identifiers."""

    kind: str
    title: str
    url: str
    updated_at: datetime
    names: Iterable[str] = ()
    alerts: Iterable[str] = ()
    tags: Iterable[str] = ()
    headings: str = ""
    body: str = ""
    code: str = ""
    services: Iterable[int] = ()
    team: Team | int | None = None
    revision: int | None = None
    overdue_at: datetime | None = None
    is_archived: bool = False


Describe = Callable[[Any], Description | None]
Rows = Callable[[], QuerySet[Any]]
VisibleTo = Callable[[User], QuerySet[Any]]
# Of the keys of other records, the keys of ours that say something of them.
Follow = Callable[[list[int]], Iterable[int]]


@dataclass(frozen=True)
class Source:
    key: str
    model: type[Model]
    rows: Rows  # those that can be found, with all that `describe` reads
    visible_to: VisibleTo
    describe: Describe
    follows: dict[type[Model], Follow] = field(default_factory=dict)


_sources: dict[str, Source] = {}


def searchable(
    key: str,
    *,
    model: type[Model],
    rows: Rows,
    visible_to: VisibleTo,
    follows: dict[type[Model], Follow] | None = None,
) -> Callable[[Describe], Describe]:
    """Have records be found; the function describes one, or returns None to leave it out."""

    def register(describe: Describe) -> Describe:
        _sources[key] = Source(key, model, rows, visible_to, describe, follows or {})
        return describe

    return register


def sources() -> list[Source]:
    """In an order that does not change, for whoever goes through all of them in parts."""
    return [_sources[key] for key in sorted(_sources)]


def source(key: str) -> Source:
    return _sources[key]
