"""What of the index a person may know of: a condition inside every question to it."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.models import IndexEntry, User
from portal.search.sources import sources

NOTHING = Q(pk__in=[])


def within_reach(user: User, *, path: str = "") -> Q:
    """
    Return the condition, on entries or, with `path` such as "entry__", on what points at them.

    It asks each app's own `visible_to`; a source that shows all to this person costs nothing.
    """
    every, some = [], NOTHING
    for of in sources():
        rows = of.visible_to(user)
        if rows.query.is_empty():
            continue
        if not rows.query.where.children:
            every.append(of.key)
        else:
            seen = Exists(rows.filter(pk=OuterRef(f"{path}object_id")))
            some |= Q(**{f"{path}source": of.key}) & Q(seen)
    return Q(**{f"{path}source__in": every}) | some if every else some


def entries_for(user: User) -> QuerySet[IndexEntry]:
    return IndexEntry.objects.filter(within_reach(user))
