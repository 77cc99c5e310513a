"""The filters of a search as an address carries them, alike for the page and the API."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.models import Service, Team, User
from portal.search.finding import Wanted

PERIODS = (7, 30, 90, 365)  # days
NAMES = frozenset({"q", "kind", "service", "team", "since", "archived", "as_typed", "page"})


def wanted_from(user: User, query: QueryDict, now: datetime) -> Wanted:
    """Raise `ValidationError`, {name: sentence}, for what there is not."""
    days = query.get("since", "")
    if days and days not in map(str, PERIODS):
        choices = ", ".join(map(str, PERIODS))
        raise ValidationError({"since": _("One of %(choices)s days.") % {"choices": choices}})
    return Wanted(
        kinds=tuple(kind for kind in query.getlist("kind") if kind),
        services=_keys(Service.objects.visible_to(user), query.getlist("service"), "service"),
        teams=_keys(Team.objects.visible_to(user), query.getlist("team"), "team"),
        since=now - timedelta(days=int(days)) if days else None,
        with_archived=query.get("archived") in ("1", "true"),
    )


def _keys(rows: Any, slugs: list[str], name: str) -> tuple[int, ...]:
    slugs = [slug for slug in slugs if slug]
    if not slugs:
        return ()
    found = tuple(rows.filter(slug__in=slugs).values_list("pk", flat=True))
    if not found:
        raise ValidationError({name: _("There is none of this name.")})
    return found


def page_number(query: QueryDict) -> int:
    number = query.get("page", "1")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
