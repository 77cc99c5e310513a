"""Lengths of time in words, as people say them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MINUTE = 60  # seconds
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@register.filter
def as_length(given: timedelta | int | None) -> str:
    """Return “1 day 2 h”, “5 min” or “3.4 s” for a length, or for minutes; “” for None."""
    if given is None:
        return ""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given * MINUTE
    if seconds < MINUTE:
        return _("%(n)s s") % {"n": f"{seconds:.1f}".removesuffix(".0")}
    days, rest = divmod(round(seconds), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, left = divmod(rest, MINUTE)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        _("%(n)d h") % {"n": hours} if hours else "",
        _("%(n)d min") % {"n": minutes} if minutes else "",
        _("%(n)d s") % {"n": left} if left and not (days or hours) else "",
    ]
    return " ".join(part for part in parts if part)
