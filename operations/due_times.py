"""When a checklist falls due, and when it counts as missed, by the clock of its team."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from operations.models import ChecklistTemplate, Frequency
from operations.wall_clock import instant

DAY = timedelta(days=1)
MONDAY = 0
LOOKED_BACK = timedelta(days=62)  # so that a monthly one is found after a long outage


def due_times(
    template: ChecklistTemplate, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """Yield when it fell due in `(after, until]`: each day, each Monday, or each first."""
    day = max(after, until - LOOKED_BACK).astimezone(zone).date()
    last = until.astimezone(zone).date()
    while day <= last:
        due = instant(day, template.at, zone)
        if _is_day_of(template, day) and after < due <= until:
            yield due
        day += DAY


def missed_at(template: ChecklistTemplate, zone: ZoneInfo, due: datetime) -> datetime:
    """Return the end of the day for a daily one, else a week or 30 days later."""
    day = due.astimezone(zone).date()
    days = {Frequency.DAILY: 1, Frequency.WEEKLY: 7}.get(Frequency(template.frequency), 30)
    return instant(day + days * DAY, time(0), zone)


def _is_day_of(template: ChecklistTemplate, day: date) -> bool:
    if template.frequency == Frequency.WEEKLY:
        return day.weekday() == MONDAY
    if template.frequency == Frequency.MONTHLY:
        return day.day == 1
    return template.frequency == Frequency.DAILY
