"""An interval in words, always with the zone that its clock times are of."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def span_text(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """Return such as “Mon 2 Mar 2026, 09:00 to Tue 3 Mar 2026, 09:00 (Europe/Berlin)”."""
    zone = ZoneInfo(time_zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    end_format = "H:i" if start.date() == end.date() else "D j M Y, H:i"
    return _("%(start)s to %(end)s (%(zone)s)") % {
        "start": date_format(start, "D j M Y, H:i"),
        "end": date_format(end, end_format),
        "zone": time_zone,
    }


def moment_text(moment: datetime, time_zone: str) -> str:
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{date_format(local, 'D j M Y, H:i')} ({time_zone})"
