"""A layer's rule as a person reads it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.models import WEEKDAYS, HolidayRule, Layer, RotationKind


def in_words(layer: Layer) -> str:
    """Return “turns of 1 week, handed over Monday 09:00; only Monday, Friday; 18:00-08:00”."""
    return "; ".join(_parts(layer))


def _parts(layer: Layer) -> Iterator[str]:
    if layer.rotation == RotationKind.CALENDAR:
        yield _("follows an imported calendar")
    else:
        yield _turns(layer)
        yield from _when(layer)
    zone = ZoneInfo(layer.schedule.time_zone)
    for sentence, at in (
        (_("in force from %(at)s"), layer.valid_from),
        (_("in force until %(at)s"), layer.valid_until),
    ):
        if at is not None:
            yield sentence % {"at": date_format(at.astimezone(zone), "D j M Y, H:i")}


def _turns(layer: Layer) -> str:
    count, text = layer.interval, ""
    facts = {"n": count, "time": f"{layer.handoff_time:%H:%M}", "day": _day(layer)}
    match layer.rotation:
        case RotationKind.HOURLY:
            text = ngettext(
                "turns of %(n)d hour, from %(time)s",
                "turns of %(n)d hours, from %(time)s",
                count,
            )
        case RotationKind.DAILY:
            text = ngettext(
                "turns of %(n)d day, handed over at %(time)s",
                "turns of %(n)d days, handed over at %(time)s",
                count,
            )
        case RotationKind.WEEKLY:
            text = ngettext(
                "turns of %(n)d week, handed over on %(day)s at %(time)s",
                "turns of %(n)d weeks, handed over on %(day)s at %(time)s",
                count,
            )
        case RotationKind.MONTHLY:
            text = ngettext(
                "turns of %(n)d month, handed over on day %(day)s at %(time)s",
                "turns of %(n)d months, handed over on day %(day)s at %(time)s",
                count,
            )
    return text % facts


def _day(layer: Layer) -> str:
    if layer.rotation == RotationKind.MONTHLY:
        return str(layer.starts_on.day)
    return str(layer.get_handoff_weekday_display())


def _when(layer: Layer) -> Iterator[str]:
    if layer.weekdays:
        names = ", ".join(str(name) for day, name in WEEKDAYS if day in layer.weekdays)
        yield _("only %(days)s") % {"days": names}
    if layer.hours:
        yield ", ".join(f"{row['from']}-{row['until']}" for row in layer.hours)
    if layer.holiday_rule:
        place = " ".join(filter(None, [layer.holiday_country, layer.holiday_subdivision]))
        sentence = (
            _("only on public holidays (%(place)s)")
            if layer.holiday_rule == HolidayRule.ONLY
            else _("not on public holidays (%(place)s)")
        )
        yield sentence % {"place": place}
