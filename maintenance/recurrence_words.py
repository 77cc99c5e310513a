"""A time that comes again in words: “first Mon of each month, 22:00 for 4 hours (UTC)”."""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maintenance.models import Repeating
from maintenance.timing import LAST, Frequency
from operations.weekly import NAMES

HOUR = 60  # minutes
ORDINALS = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    LAST: gettext_lazy("last"),
}


def in_words(window: Repeating) -> str:
    return _("%(days)s, %(at)s for %(length)s (%(zone)s)") % {
        "days": days_in_words(window),
        "at": f"{window.at:%H:%M}",
        "length": _length(window.minutes),
        "zone": window.time_zone,
    }


def days_in_words(window: Repeating) -> str:
    n = window.interval
    match Frequency(window.frequency):
        case Frequency.ONCE:
            return date_format(window.starts_on, "j M Y")
        case Frequency.DAILY:
            return ngettext("every day", "every %(n)s days", n) % {"n": n}
        case Frequency.WEEKLY:
            days = window.weekdays or [window.starts_on.weekday()]
            every = ngettext("every week", "every %(n)s weeks", n) % {"n": n}
            names = ", ".join(NAMES[day] for day in days)
            return _("%(days)s %(every)s") % {"days": names, "every": every}
        case Frequency.MONTHLY:
            every = ngettext("of each month", "of every %(n)s months", n) % {"n": n}
            return f"{_day_in_words(window)} {every}"


def _day_in_words(window: Repeating) -> str:
    if window.nth:
        day = window.weekdays[0] if window.weekdays else window.starts_on.weekday()
        return f"{ORDINALS[window.nth]} {NAMES[day]}"
    day = window.day_of_month or window.starts_on.day
    return _("last day") if day == LAST else _("day %(day)s") % {"day": day}


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, HOUR)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return " ".join(parts)


def length_in_words(length: timedelta) -> str:
    return _length(int(length.total_seconds() // 60))
