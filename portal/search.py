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


def search(user: User, text: str) -> list[dict[str, Any]]:
    """
    Return what all apps find, in groups: `{"kind", "label", "results": [...]}`.

    The caller has refused what `text_search.is_too_much` finds to be too much.
    """
    if not text.strip():
        return []
    found = sorted(gather("search", user, text), key=_kind_of)
    return [
        {"kind": kind, "label": _label(kind), "results": list(results)}
        for kind, results in groupby(found, key=_kind_of)
    ]


def _kind_of(result: dict[str, Any]) -> str:
    return str(result["kind"])


def _label(kind: str) -> str:
    labels = {
        "person": _("People"),
        "team": _("Teams"),
        "service": _("Services"),
        "alert": _("Alerts"),
        "check": _("Checks"),
        "incident": _("Incidents"),
        "review": _("Reviews"),
        "action": _("Action items"),
        "request": _("Change requests"),
        "deployment": _("Deployments"),
        "document": _("Documents"),
        "runbook": _("Runbooks"),
        "retrospective": _("Retrospectives"),
    }
    return labels.get(kind, kind.replace("_", " ").capitalize())
