"""
Reads any JSON by a mapping that the team writes: where in the body each thing stands.

Rules have the shape

    {"root": expression of a list, or "", "fields": {name: expression},
     "statuses": {word: "firing" | "resolved" | "ignored"}, "severities": {word: 0..3}}

with the expressions of `operations.formats.paths`. Words are compared without regard to case.
What a table does not say is looked up among the usual words. Without a status an alert fires;
without a start it is known by its key alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from operations.formats import made_up, paths
from operations.formats.incoming import (
    SEVERITIES,
    Call,
    Incoming,
    Sample,
    Snippet,
    Told,
    Unreadable,
    each_of,
    fitting,
    moment,
    text,
    web_address,
    wrong_shape,
)
from operations.models import Severity

DOOR = "/api/v1/alerts/generic"
IS_KEYED = True
FIRING, RESOLVED, IGNORED = "firing", "resolved", "ignored"
STATUSES = {
    **dict.fromkeys(
        ["firing", "alerting", "alert", "open", "opened", "triggered", "trigger", "problem"],
        FIRING,
    ),
    **dict.fromkeys(["down", "failed", "critical", "error", "warning", "new", "1"], FIRING),
    **dict.fromkeys(["true", "unhealthy", "active"], FIRING),
    **dict.fromkeys(["resolved", "ok", "closed", "close", "recovered", "recovery"], RESOLVED),
    **dict.fromkeys(["resolve", "up", "normal", "healthy", "success", "0"], RESOLVED),
    **dict.fromkeys(["false", "inactive", "cleared", "clear"], RESOLVED),
}
FIELDS = (
    "title",
    "summary",
    "description",
    "fingerprint",
    "status",
    "severity",
    "starts_at",
    "ends_at",
    "service",
    "labels",
    "link",
    "runbook_url",
)
# What is read without a mapping: the names that most tools use.
DEFAULT_RULES: dict[str, Any] = {
    "root": "",
    "fields": {
        "title": "title || name || alertname || summary || message || subject",
        "summary": "summary || message || text",
        "description": "description || details",
        "fingerprint": "fingerprint || dedup_key || alias || key || id",
        "status": "status || state || event",
        "severity": "severity || priority || level",
        "starts_at": "starts_at || startsAt",
        "ends_at": "ends_at || endsAt",
        "service": "service",
        "labels": "labels || tags",
        "link": "link || url",
        "runbook_url": "runbook_url",
    },
    "statuses": {},
    "severities": {},
}
MOST_ITEMS = 2000  # of one body
MOST_WORDS = 100  # in a table
LONGEST_LABEL = 1000  # characters
BY_HAND = """\
curl -X POST {url} -H 'Authorization: Bearer {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"title": "Disk at 99%", "fingerprint": "disk-db1", "severity": "critical",
       "status": "firing", "labels": {{"host": "db1"}}}}'
"""


SHAPE = {"root": str, "fields": {str: str}, "statuses": {str: str}, "severities": {str: int}}


@dataclass(frozen=True)
class Rules:
    """A mapping made ready to be used."""

    root: list[paths.Path]
    fields: dict[str, list[paths.Path]]
    statuses: dict[str, str]
    severities: dict[str, int]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Rules:
        """Raises `BadPath`, which a mapping that was saved by its verb never does."""
        fields = said.get("fields", {})
        return cls(
            root=paths.parse(said.get("root", "")),
            fields={name: paths.parse(fields.get(name, "")) for name in FIELDS},
            statuses=_lowered(said.get("statuses", {})),
            severities=_lowered(said.get("severities", {})),
        )


def wrong_with(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with rules, by field; empty when they can be used."""
    if wrong := wrong_shape(rules, SHAPE):
        return wrong
    fields = rules.get("fields", {})
    for name, expression in {"root": rules.get("root", ""), **fields}.items():
        if name != "root" and name not in FIELDS:
            wrong[name] = [_("There is no such field.")]
            continue
        try:
            paths.parse(expression)
        except paths.BadPath as bad:
            wrong[name] = [str(bad)]
    if not fields.get("title", "").strip():
        wrong.setdefault("title", [_("Say where the alert's title stands.")])
    return wrong | _wrong_tables(rules)


def read(call: Call) -> Told:
    """Return what the body tells by the rules of the call, or by the usual names."""
    payload = call.json()
    rules = Rules.of(call.rules or DEFAULT_RULES)
    items = _items(rules, payload)
    told = each_of(items, lambda item: _incoming(rules, item, payload))
    return Told([each for each in told.alerts if each is not NOTHING], problems=told.problems)


def set_up(url: str, key: str) -> list[Snippet]:
    return [Snippet("A shell, to try it", BY_HAND.format(url=url + DOOR, key=key))]


def samples(name: str, now: datetime) -> list[Sample]:
    alert = {
        "title": "TestAlert",
        "summary": name,
        "fingerprint": f"test-{now:%Y%m%d%H%M%S%f}",
        "severity": "p3",
        "labels": {"test": "true"},
    }
    return [
        Sample("", json.dumps(alert | {"status": status}).encode())
        for status in (FIRING, RESOLVED)
    ]


def samples_by(rules: Mapping[str, Any], name: str, now: datetime) -> list[Sample]:
    return made_up.bodies(rules, name, now, words=(FIRING, RESOLVED))


# Stands for an item that the rules leave out.
NOTHING = Incoming("", is_firing=False, started_at=None, ended_at=None, labels={},
                   annotations={}, generator_url="")  # fmt: skip


def _lowered(table: Mapping[str, Any]) -> dict[str, Any]:
    return {word.lower(): value for word, value in table.items()}


def _items(rules: Rules, payload: Any) -> list[Any]:
    found = paths.find(rules.root, payload, payload) if rules.root else payload
    if rules.root and found is None:
        raise Unreadable(_("There is no list where the mapping looks for one."))
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_ITEMS:
        raise Unreadable(_("The body has more than %(most)s alerts.") % {"most": MOST_ITEMS})
    return items


def _incoming(rules: Rules, item: Any, whole: Any) -> Incoming:
    if not isinstance(item, dict):
        raise Unreadable("it is not an object.")

    def said(name: str) -> Any:
        return paths.find(rules.fields[name], item, whole)

    status = _status(rules, said("status"))
    if status == IGNORED:
        return NOTHING
    labels = _labels(said)
    severity = _severity(rules, said("severity"))
    if severity:
        labels["priority"] = severity
    is_firing = status == FIRING
    started_at = moment(said("starts_at"), "start")
    ended_at = None if is_firing else moment(said("ends_at"), "end")
    if started_at and ended_at:
        ended_at = max(started_at, ended_at)
    return Incoming(
        fingerprint=_fingerprint(said("fingerprint"), labels),
        is_firing=is_firing,
        started_at=started_at,
        ended_at=ended_at,
        labels=labels,
        annotations=_annotations(said),
        generator_url=web_address(said("link")),
    )


def _status(rules: Rules, said: Any) -> str:
    if said is None:
        return FIRING
    word = _word(said)
    found = rules.statuses.get(word) or STATUSES.get(word)
    if found is None:
        sentence = _("nobody said whether the status “%(word)s” fires or is over.")
        raise Unreadable(sentence % {"word": word[:60]})
    return found


def _severity(rules: Rules, said: Any) -> str:
    """Return “p0” to “p3”, or nothing, which leaves it to the integration."""
    word = _word(said)
    found = rules.severities.get(word, SEVERITIES.get(word))
    return "" if found is None else f"p{int(found)}"


def _labels(said: Callable[[str], Any]) -> dict[str, str]:
    labels = _pairs(said("labels"))
    title = _plain(said("title"))
    if not title and not labels:
        raise Unreadable(_("it has neither a title nor labels where the mapping looks."))
    labels["alertname"] = title[:200] or labels.get("alertname", "Unnamed alert")
    if service := _plain(said("service")):
        labels["service"] = service
    return labels


def _pairs(said: Any) -> dict[str, str]:
    """Labels from an object, from a list of names with values, or from texts like a:b."""
    if isinstance(said, dict):
        return {str(name)[:200]: _plain(value) for name, value in said.items()}
    found: dict[str, str] = {}
    for each in said if isinstance(said, list) else [said] if isinstance(said, str) else []:
        if isinstance(each, dict):
            name = each.get("name") or each.get("key") or each.get("tag")
            found |= {text(name)[:200]: _plain(each.get("value"))} if name else {}
        else:
            name, sign, value = text(each).replace("=", ":", 1).partition(":")
            found |= {name.strip()[:200]: value.strip() if sign else "true"} if name else {}
    return found


def _annotations(said: Callable[[str], Any]) -> dict[str, str]:
    words = {name: _plain(said(name)) for name in ("summary", "description", "runbook_url")}
    return {name: value for name, value in words.items() if value}


def _fingerprint(said: Any, labels: dict[str, str]) -> str:
    if said is not None and (key := _plain(said)):
        return fitting(key)
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)[:LONGEST_LABEL]
    return ("true" if value else "false") if isinstance(value, bool) else text(value)


def _word(said: Any) -> str:
    return _plain(said).strip().lower()


def _wrong_tables(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = {}
    for name, known in (
        ("statuses", [FIRING, RESOLVED, IGNORED]),
        ("severities", list(Severity.values)),
    ):
        table = rules.get(name, {})
        if len(table) > MOST_WORDS:
            wrong[name] = [_("A table has at most %(most)s words.") % {"most": MOST_WORDS}]
        elif any(value not in known for value in table.values()):
            wrong[name] = [_("Each word stands for one of the values that are offered.")]
    return wrong
