"""
What Alertmanager answers when it is asked which alerts it has: `GET /api/v2/alerts`.

Source: Alertmanager's own description of its API, version 2. It lists what has not ended,
silenced and inhibited alerts too; the end that it names lies in the future and is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.formats import Unreadable
from operations.formats.alertmanager import FIRING, ZERO_TIME, incoming
from operations.models import UpstreamState
from portal.strict import BadBody, parse_json_leniently

PATH = "/api/v2/alerts"
LARGEST = 10 * 1024 * 1024  # bytes of an answer
SUPPRESSED = "suppressed"


@dataclass(frozen=True)
class Known:
    """One alert that Alertmanager has; `told` is how its webhook would tell of it."""

    fingerprint: str
    started_at: datetime
    state: UpstreamState
    told: dict[str, Any]


def read_answer(body: bytes, *, receiver: str = "") -> dict[str, Known]:
    """
    Return what it has by fingerprint, only for `receiver` where one is named.

    Raises `Unreadable` if any part cannot be used: what is missing here may be ended there.
    """
    try:
        value = parse_json_leniently(body, limit=LARGEST).value
    except BadBody as error:
        raise Unreadable(str(error)) from None
    if not isinstance(value, list):
        raise Unreadable("The answer is not a list of alerts.")
    found: dict[str, Known] = {}
    for number, item in enumerate(value, start=1):
        try:
            if receiver and receiver not in _receivers(item):
                continue
            known = _known(item)
        except Unreadable as problem:
            raise Unreadable(f"Alert {number} of {len(value)}: {problem}") from None
        other = found.get(known.fingerprint)
        if other is None or other.started_at < known.started_at:
            found[known.fingerprint] = known
    return found


def _known(item: Any) -> Known:
    if not isinstance(item, dict):
        raise Unreadable("it is not an object.")
    told = {
        name: item.get(name)
        for name in ("labels", "annotations", "startsAt", "generatorURL", "fingerprint")
    }
    told |= {"status": FIRING, "endsAt": ZERO_TIME}
    read = incoming(told)
    assert read.started_at is not None
    return Known(read.fingerprint, read.started_at, _state(item.get("status")), told)


def _state(status: Any) -> UpstreamState:
    if not isinstance(status, dict) or not isinstance(status.get("state"), str):
        raise Unreadable("it does not say its state.")
    if status["state"] != SUPPRESSED:
        return UpstreamState.ACTIVE
    is_silenced = status.get("silencedBy") or not status.get("inhibitedBy")
    return UpstreamState.SILENCED if is_silenced else UpstreamState.INHIBITED


def _receivers(item: Any) -> list[str]:
    named = item.get("receivers") if isinstance(item, dict) else None
    if not isinstance(named, list):
        raise Unreadable("it does not say to whom it goes (receivers).")
    return [str(each.get("name")) for each in named if isinstance(each, dict)]
