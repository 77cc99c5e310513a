"""
Search over everything: each app adds what it finds as a contribution to the slot "search".

A contribution takes (user, text) and gives, of what the person may see, a few
`{"kind", "title", "url", "snippet", "service", "at"}`.
"""

from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from portal.models import User
from portal.slots import gather

ORDER = [
    *("service", "team", "person", "runbook", "incident", "alert", "check", "review"),
    *("action item", "request", "deployment", "window"),
]


def search(user: User, text: str) -> list[dict[str, Any]]:
    """
    Return what all apps find, in groups: `{"kind", "label", "results": [...]}`.

    The caller has refused what `text_search.is_too_much` finds to be too much.
    """
    if not text.strip():
        return []
    found = sorted(gather("search", user, text), key=_place_of)
    return [
        {"kind": kind, "label": _label(kind), "results": list(results)}
        for kind, results in groupby(found, key=_kind_of)
    ]


def _kind_of(result: dict[str, Any]) -> str:
    return str(result["kind"]).lower()


def _place_of(result: dict[str, Any]) -> tuple[int, str]:
    """What belongs to the house first, then what happens in it, in the order of the loop."""
    kind = _kind_of(result)
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), kind)


def _label(kind: str) -> str:
    labels = {
        "service": _("Services"),
        "team": _("Teams"),
        "person": _("People"),
        "runbook": _("Runbooks"),
        "incident": _("Incidents"),
        "alert": _("Alerts"),
        "check": _("Checks"),
        "review": _("Reviews"),
        "action item": _("Action items"),
        "request": _("Change requests"),
        "deployment": _("Deployments"),
        "window": _("Maintenance windows"),
        "document": _("Documents"),
        "playbook": _("Playbooks"),
        "procedure": _("Procedures"),
        "retrospective": _("Retrospectives"),
        "log": _("Operations log"),
    }
    return labels.get(kind, kind.replace("_", " ").capitalize())
