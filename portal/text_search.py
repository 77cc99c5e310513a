"""Finding rows by words that people type."""

from functools import reduce
from operator import and_, or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

LONGEST = 200  # characters
MOST_TERMS = 20

M = TypeVar("M", bound=Model)


def terms_of(text: str) -> list[str]:
    """Return the words that are looked for."""
    return text.split()


def is_too_much(text: str) -> bool:
    """Whether this is more than a search is answered for."""
    return len(text) > LONGEST or len(terms_of(text)) > MOST_TERMS


def matching(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Return the rows in which each word stands in at least one of the fields."""
    terms = terms_of(text[:LONGEST])[:MOST_TERMS]
    if not terms:
        return rows
    each: list[Any] = [
        reduce(or_, (Q(**{f"{field}__icontains": term}) for field in fields)) for term in terms
    ]
    return rows.filter(reduce(and_, each))
