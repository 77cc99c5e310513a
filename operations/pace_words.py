"""What load is called, and warnings of it as sentences with what would help."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from operations.load.buckets import Bucket
from operations.models import PaceWarning, WarningKind
from operations.shifts_of import Coming
from operations.spans import moment_text, span_text

BUCKETS: dict[Bucket, Promise] = {
    Bucket.BUSINESS: gettext_lazy("Business hours"),
    Bucket.OFF: gettext_lazy("Evenings"),
    Bucket.WEEKEND: gettext_lazy("Weekends"),
    Bucket.HOLIDAY: gettext_lazy("Public holidays"),
    Bucket.SLEEP: gettext_lazy("Nights"),
}
MARKS: dict[str, Promise] = {
    **{bucket.value: label for bucket, label in BUCKETS.items()},
    "not_on_call": gettext_lazy("Not on call then"),
}
# Name, and what is counted, of each figure.
FIGURES: dict[str, tuple[Promise, Promise]] = {
    "on_call": (
        gettext_lazy("On call"),
        gettext_lazy(
            "Hours on call in all schedules, each moment once. It is no working time."
        ),
    ),
    "planned": (
        gettext_lazy("As planned"),
        gettext_lazy("What the rotations said, before anybody took over or was taken off."),
    ),
    "primary": (
        gettext_lazy("Called first"),
        gettext_lazy("Hours in which you were the first to be called somewhere."),
    ),
    "secondary": (
        gettext_lazy("Called second"),
        gettext_lazy("Hours on call behind somebody else, everywhere."),
    ),
    "by_rotation": (
        gettext_lazy("By rotation"),
        gettext_lazy("Hours on call as a turn of a rotation or a temporary schedule."),
    ),
    "by_override": (
        gettext_lazy("By override"),
        gettext_lazy("Hours on call only because somebody took over, swapped or was added."),
    ),
    "business": (BUCKETS[Bucket.BUSINESS], gettext_lazy("Monday to Friday, 8 to 18.")),
    "off": (BUCKETS[Bucket.OFF], gettext_lazy("Monday to Friday, 18 to 22.")),
    "weekend": (BUCKETS[Bucket.WEEKEND], gettext_lazy("Saturday and Sunday, 8 to 22.")),
    "holiday": (BUCKETS[Bucket.HOLIDAY], gettext_lazy("Public holidays, 8 to 22.")),
    "sleep": (BUCKETS[Bucket.SLEEP], gettext_lazy("Every day, 22 to 8.")),
    "interruptions": (
        gettext_lazy("Interruptions"),
        gettext_lazy(
            "Pages by push, SMS or telephone, never by e-mail. One notification by several "
            "ways is one; so is what comes within 60 seconds."
        ),
    ),
    "disrupted_hours": (
        gettext_lazy("Disrupted hours"),
        gettext_lazy("Hours of the clock on the wall with a page in them."),
    ),
    "incidents": (
        gettext_lazy("Incidents"),
        gettext_lazy("Distinct ones that paged, counted when they began."),
    ),
    "shift_incidents": (
        gettext_lazy("Most incidents within 12 hours"),
        gettext_lazy("Of one shift; each incident counts in the shift in which it began."),
    ),
    "nights": (
        gettext_lazy("Nights with a page"),
        gettext_lazy("Each asks for rest from its last page on."),
    ),
    "on_call_share": (
        gettext_lazy("Share of time on call"),
        gettext_lazy("Of all time, by day and by night."),
    ),
    "operational_share": (
        gettext_lazy("Share of operational work"),
        gettext_lazy("Of the working hours entered, in the weeks that say both."),
    ),
    "weeks_running": (
        gettext_lazy("Weeks on call running"),
        gettext_lazy("Weeks one after another with at least 24 hours on call."),
    ),
    "week_hours": (
        gettext_lazy("Working hours of a week"),
        gettext_lazy("Mean of the weeks entered. Time on call is not added to it."),
    ),
}
FIGURES |= {
    f"interruptions_{bucket.value}": (label, gettext_lazy("Interruptions at that time."))
    for bucket, label in BUCKETS.items()
}


SECOND = timedelta(seconds=1)
# What somebody else can take off: time on call, not hours worked.
SHIFTS_HELP = {
    WarningKind.REST,
    WarningKind.INCIDENTS,
    WarningKind.ON_CALL,
    WarningKind.RUNNING,
}


class Suggestion(NamedTuple):
    """Something that would help, and the page that does it."""

    text: str
    url: str


def warning_text(row: PaceWarning) -> str:
    """What passed which limit, and when."""
    zone = row.person.time_zone
    words = {
        "value": f"{row.value:g}",
        "limit": f"{row.limit:g}",
        "since": _day(row.about, zone),
        "last": _day(row.ends_at - SECOND, zone),
        "until": moment_text(row.ends_at, zone),
        "span": span_text(row.about, row.ends_at, zone),
    }
    sentences = {
        WarningKind.REST: ngettext(
            "You were woken once in the night from %(since)s. Rest until %(until)s.",
            "You were woken %(value)s times in the night from %(since)s. Rest until %(until)s.",
            round(row.value),
        ),
        WarningKind.INCIDENTS: _(
            "%(value)s incidents began within 12 hours of your shift %(span)s; %(limit)s are "
            "the most that can be followed up well."
        ),
        WarningKind.ON_CALL: _(
            "You were on call %(value)s %% of the four weeks to %(last)s; the limit is "
            "%(limit)s %%."
        ),
        WarningKind.OPERATIONAL: _(
            "%(value)s %% of your hours in the four weeks to %(last)s were operational work; "
            "the limit is %(limit)s %%."
        ),
        WarningKind.TWO_WEEKS: _(
            "You entered %(value)s hours for the week from %(since)s, the second week above "
            "%(limit)s hours."
        ),
        WarningKind.HOURS: _(
            "You entered %(value)s hours for the week from %(since)s. From %(limit)s hours on, "
            "work harms health."
        ),
        WarningKind.RUNNING: _(
            "You are on call for %(value)s weeks running since %(since)s; the limit is "
            "%(limit)s."
        ),
    }
    return sentences[WarningKind(row.kind)] % words


def suggestions(row: PaceWarning, coming: list[Coming]) -> list[Suggestion]:
    """A day of rest, and somebody for the shift that is next or lies in the rest."""
    found = []
    if row.kind in {WarningKind.REST, WarningKind.RUNNING, WarningKind.HOURS}:
        leave = reverse("operations:leave-create")
        found.append(Suggestion(_("Take a day of rest: record it as leave."), leave))
    if row.kind == WarningKind.REST:
        coming = [each for each in coming if each.shift.starts_at < row.ends_at]
    for each in coming[:1] if row.kind in SHIFTS_HELP else ():
        span = span_text(each.shift.starts_at, each.shift.ends_at, row.person.time_zone)
        text = _("Find somebody for your shift: %(schedule)s, %(span)s.")
        said = text % {"schedule": each.schedule, "span": span}
        found.append(Suggestion(said, each.swap_url))
    return found


def _day(at: datetime, zone: str) -> str:
    return date_format(at.astimezone(ZoneInfo(zone)), "D j M Y")
