"""The part of the timeline that a room shows: a group of it, from a place on."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.timeline import timeline
from incidents.timeline_groups import Group
from incidents.timeline_lines import Place
from portal.http import Request

FIRST = 50  # lines, before somebody asks for more
MOST = 1000  # lines of "all"


def timeline_context(request: Request, incident: Incident, *, is_mine: bool) -> dict[str, Any]:
    """What `incidents/room.html` shows; 404 for a group or place that there is not."""
    group, before = request.GET.get("show", ""), request.GET.get("before", "")
    wants_all = request.GET.get("timeline") == "all"
    if group and group not in Group.values:
        raise Http404
    try:
        place = Place.read(before) if before else None
    except ValueError:
        raise Http404 from None
    found = timeline(
        incident,
        limit=MOST if wants_all else FIRST,
        group=group,
        before=place,
        by_workers=is_mine,
        reader=request.user,
    )
    kept = {"show": group} if group else {}
    return {
        "timeline": found,
        "chips": _chips(group),
        "is_older": place is not None,
        "all_query": urlencode({**kept, "timeline": "all"}),
        "older_query": urlencode({**kept, "before": str(found.last)}) if found.has_more else "",
        "live_query": "&".join(
            f"{name}={value}"
            for name, value in {
                **kept,
                **({"before": before} if before else {}),
                **({"timeline": "all"} if wants_all else {}),
            }.items()
        ),
    }


def _chips(group: str) -> list[dict[str, Any]]:
    rows = [("", _("All")), *((each.value, each.label) for each in Group)]
    return [
        {"label": label, "query": f"?show={value}" if value else "?", "current": value == group}
        for value, label in rows
    ]
