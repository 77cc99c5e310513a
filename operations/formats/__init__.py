"""
What monitors send, one module for each kind, with the same names in each.

    DOOR                where calls come in
    IS_KEYED            whether alerts may come without a start of their own, so that calls are
                        read in the order in which they were received
    read(call)          what a call tells: `Told`; raises `Unreadable`
    set_up(url, key)    what an operator copies into the monitor: `Snippet`s
    samples(name, now)  calls as the monitor makes them, of one alert that begins and ends

Those that are read by rules of the team's have DEFAULT_RULES, `wrong_with(rules)` and
`samples_by(rules, name, now)`, too. A new kind is a copy of its nearest sibling and a line
below.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from operations.formats import alertmanager, email, generic, grafana, opsgenie, pagerduty
from operations.formats.incoming import (
    Call,
    Incoming,
    Note,
    Sample,
    Snippet,
    Told,
    Unreadable,
)
from operations.models import IntegrationKind


class Format(Protocol):
    """What each module of a kind offers."""

    DOOR: str
    IS_KEYED: bool

    def read(self, call: Call) -> Told: ...
    def set_up(self, url: str, key: str) -> list[Snippet]: ...
    def samples(self, name: str, now: datetime) -> list[Sample]: ...


class Ruled(Protocol):
    """What the modules of those kinds offer that are read by rules of the team's."""

    DEFAULT_RULES: dict[str, Any]

    def wrong_with(self, rules: Mapping[str, Any]) -> dict[str, list[str]]: ...
    def samples_by(
        self, rules: Mapping[str, Any], name: str, now: datetime
    ) -> list[Sample]: ...


FORMATS: dict[str, Format] = {
    IntegrationKind.ALERTMANAGER: alertmanager,
    IntegrationKind.GRAFANA: grafana,
    IntegrationKind.PAGERDUTY: pagerduty,
    IntegrationKind.OPSGENIE: opsgenie,
    IntegrationKind.GENERIC: generic,
    IntegrationKind.EMAIL: email,
}
# By whose rules the bodies of a kind are read; Alertmanager and Grafana only where a template
# of the operator's has made them something else.
RULED: dict[str, Ruled] = {
    IntegrationKind.ALERTMANAGER: generic,
    IntegrationKind.GRAFANA: generic,
    IntegrationKind.GENERIC: generic,
    IntegrationKind.EMAIL: email,
}


def format_of(kind: str) -> Format:
    """Return the format of an integration's calls; the portal itself makes none."""
    return FORMATS[kind]


def rules_of(kind: str) -> Ruled | None:
    """Return by whose rules this kind is read; None for formats that need none."""
    return RULED.get(kind)


__all__ = [
    "FORMATS",
    "RULED",
    "Call",
    "Format",
    "Incoming",
    "Note",
    "Ruled",
    "Sample",
    "Snippet",
    "Told",
    "Unreadable",
    "format_of",
    "rules_of",
]
