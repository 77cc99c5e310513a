"""How a component's history is drawn: runs of equal days, each bad day by itself."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incidents.component_history import NOTHING, DayOf, History
from incidents.models import ComponentState
from incidents.wording import length

LETTERS = {
    None: "u",
    ComponentState.OPERATIONAL: "g",
    ComponentState.UNDER_MAINTENANCE: "m",
    ComponentState.DEGRADED: "d",
    ComponentState.PARTIAL_OUTAGE: "p",
    ComponentState.MAJOR_OUTAGE: "o",
}
QUIET = {None, ComponentState.OPERATIONAL}


def bars(history: History) -> list[dict[str, Any]]:
    """Return `{"x", "width", "letter", "title"}` in days; quiet days in a row are one bar."""
    drawn: list[dict[str, Any]] = []
    for x, day in enumerate(history.days):
        letter = LETTERS[day.state]
        if drawn and day.state in QUIET and drawn[-1]["letter"] == letter:
            drawn[-1]["width"] += 1
            continue
        title = "" if day.state in QUIET else f"{date_format(day.on, 'j M')}: {said(day)}"
        drawn.append({"x": x, "width": 1, "letter": letter, "title": title})
    return drawn


def said(day: DayOf) -> str:
    """Return "Major outage, 25 min down", or that nobody knows."""
    if day.state is None:
        return _("Not known")
    parts = [str(day.state.label)]
    for span, words in (
        (day.down, _("%(length)s down")),
        (day.degraded, _("%(length)s slow")),
        (day.maintenance, _("%(length)s planned maintenance")),
    ):
        if span > NOTHING:
            parts.append(words % {"length": length(max(span, timedelta(minutes=1)))})
    return ", ".join(parts)


def uptime(history: History) -> str:
    """Return the uptime in words; a second figure where planned maintenance makes another."""
    if history.uptime is None and history.with_maintenance is None:
        return _("Uptime not known yet")
    plain, full = per_cent(history.uptime), per_cent(history.with_maintenance)
    if history.uptime is None:
        return _("Under maintenance all the time that is known")
    if plain == full:
        return _("%(share)s uptime") % {"share": plain}
    return _("%(share)s uptime, %(full)s with planned maintenance") % {
        "share": plain,
        "full": full,
    }


def per_cent(share: float | None) -> str:
    """Return "99.98 %"; cut, never rounded up, so that 100 % means no outage at all."""
    if share is None:
        return _("not known")
    return f"{math.floor(round(share * 100, 6)) / 100:g} %"
