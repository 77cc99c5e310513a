"""What the style guide shows: one of everything, in each of its states."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.safestring import mark_safe

from portal import clock
from portal.errors import Refusal

REFUSALS = [
    Refusal("alert_firing", "The alert that opened this incident is still firing."),
    Refusal(
        "window_too_short",
        "This window ends before the rollback would (02:10 > 02:00).",
        "Shorten the rollback or move the start.",
    ),
]
TONES = [
    ("good", "Resolved"),
    ("busy", "Acknowledged"),
    ("bad", "Open"),
    ("neutral", "Closed"),
    ("info", "Planned"),
]
STATES = [
    ("on_time", "Acknowledge by", 14),
    ("at_risk", "Resolve by", 6),
    ("breached", "Review due", -95),
    ("paused", "Resolve by", 40),
    ("met", "Acknowledge by", -30),
]


class UpdateForm(forms.Form):
    """Fields of every kind, with help, and with errors when it is bound to nothing."""

    summary = forms.CharField(
        max_length=100, help_text="One sentence for people who were not there."
    )
    severity = forms.ChoiceField(choices=[("0", "P0 Critical"), ("1", "P1 High")])
    notify = forms.MultipleChoiceField(
        choices=[("team", "The team"), ("managers", "Managers"), ("public", "The status page")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    pin = forms.BooleanField(label="Pin to the top of the timeline", required=False)


class IncidentFilterForm(forms.Form):
    """What a FilterSet's form looks like."""

    q = forms.CharField(
        label="Words", required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    severity = forms.ChoiceField(choices=[("", "Any"), ("1", "P1 High")], required=False)
    state = forms.ChoiceField(choices=[("", "Any"), ("open", "Open")], required=False)
    mine = forms.BooleanField(required=False)


def examples() -> dict[str, Any]:
    """Return the context of portal/styleguide.html."""
    now = clock.now()
    return {
        "refusals": REFUSALS,
        "tones": TONES,
        "clocks": [(state, label, now + timedelta(minutes=m)) for state, label, m in STATES],
        "icons": _icons(),
        "form": UpdateForm(),
        "wrong_form": UpdateForm(
            {"note": "The pool is full again since 02:40."}, auto_id="wrong_%s"
        ),
        "now": now,
        "earlier": now - timedelta(minutes=47),
        "thread": _thread(),
        "timeline": _timeline(),
        "steps": _steps(),
        "tabs": [
            {"label": "Timeline", "url": "#tabs", "active": True, "count": 12},
            {"label": "Review", "url": "#tabs"},
            {"label": "History", "url": "#tabs", "count": 3},
        ],
        "crumbs": [{"label": "Respond", "url": "#crumbs"}, {"label": "Incidents", "url": "#"}],
        "facts": [
            {"label": "Service", "value": "Checkout", "url": "#facts"},
            {"label": "Began", "at": now - timedelta(minutes=47)},
            {"label": "Region", "value": ""},
        ],
        "columns": [
            {"label": "Incident"},
            {"label": "Severity", "url": "#table", "sorted": "descending"},
            {"label": "State"},
            {"label": "Owner"},
            {"label": "Clock"},
            {"label": "Alerts", "numeric": True, "url": "#table"},
        ],
        "rows": _rows(),
        "sizes": [{"size": 50, "url": "#", "current": True}, {"size": 100, "url": "#"}],
        "filter": {"form": IncidentFilterForm({"severity": "1"}, auto_id="filter_%s")},
        "chips": [
            {"label": "Severity: P1", "url": "#"},
            {"label": "Team: Payments", "url": "#"},
        ],
        "spark": {
            "segments": ["0,24 12,22 24,25 36,18", "60,20 72,14 84,16 96,9 108,11 117,6"],
            "threshold": 5,
            "last_x": 117,
            "last_y": 6,
            "label": "Rising from 38 to 91 percent over 24 hours, with two hours missing",
        },
        "trend": {"direction": "down", "tone": "good", "text": "12 min less than in October"},
        "worse": {"direction": "up", "tone": "bad", "text": "2 more than last week"},
    }


def _icons() -> list[str]:
    sprite = settings.BASE_DIR / "static/img/icons.svg"
    return re.findall(r'<symbol id="([\w-]+)"', sprite.read_text())


def _thread() -> list[dict[str, Any]]:
    now = clock.now()
    done = [
        ("alert", "Pool of connections above 90 % on checkout-db-1", "Cleared", "good", 190),
        ("incident", "INC-128 Checkout answers slowly", "Resolved", "good", 188),
        ("review", "Review of INC-128", "Draft", "busy", 60),
    ]
    items: list[dict[str, Any]] = [
        {
            "kind": kind,
            "label": label,
            "url": "#thread",
            "status": status,
            "tone": tone,
            "at": now - timedelta(minutes=minutes),
            "current": kind == "incident",
        }
        for kind, label, status, tone, minutes in done
    ]
    return [
        *items,
        {"kind": "action", "label": "No action yet", "missing": True},
        {"kind": "request", "label": "No change request yet", "missing": True},
    ]


def _timeline() -> list[dict[str, Any]]:
    now = clock.now()
    lines = [
        (47, "alert", "bad", "", "Alert fired: connections at 97 %", ""),
        (45, "phone", "", "", "Paged Olivia Berg by push", ""),
        (43, "check", "busy", "Olivia Berg", "acknowledged", ""),
        (
            30,
            "note",
            "",
            "Olivia Berg",
            "wrote a note",
            "<p>Two workers hold <code>pool=40</code> each. Following the runbook, step 3.</p>",
        ),
        (12, "state-good", "good", "", "Alert cleared", ""),
    ]
    return [
        {
            "at": now - timedelta(minutes=minutes),
            "icon": icon,
            "tone": tone,
            "actor": actor,
            "text": text,
            "html": mark_safe(html),  # noqa: S308  our own words, a few lines above
            "pinned": bool(html),
        }
        for minutes, icon, tone, actor, text, html in lines
    ]


def _steps() -> list[dict[str, Any]]:
    now = clock.now()
    verbs = [
        {"action_url": "#steps", "label": "Done", "icon": "check", "kind": "primary"},
        {"action_url": "#steps", "label": "Failed", "icon": "x"},
    ]
    return [
        {"label": "Look at the error rate", "state": "done", "by": "Olivia Berg", "at": now},
        {"label": "Check the cache in region two", "state": "skipped", "note": "Not affected"},
        {"label": "Restart one worker", "state": "failed", "note": "It did not come back."},
        {"label": "Switch to the standby", "state": "current", "verbs": verbs},
        {"label": "Tell the customers", "state": "todo"},
    ]


def _rows() -> list[dict[str, Any]]:
    now = clock.now()
    long = "Zahlungsabwicklungsschnittstelle antwortet nicht: 決済サービスが応答しません"
    return [
        _row("Checkout answers slowly", 0, "Open", "bad", "Olivia Berg", now, "breached"),
        _row(long, 1, "Acknowledged", "busy", "Vera Lind", now, "on_time"),
        _row("Mails leave late", 2, "Monitoring", "info", "", now, "at_risk"),
        _row("Search index is behind", 3, "Resolved", "good", "Otto Ek", now, "met"),
    ]


def _row(
    title: str, severity: int, status: str, tone: str, owner: str, now: datetime, state: str
) -> dict[str, Any]:
    minutes = {"breached": -12, "on_time": 190, "at_risk": 7, "met": -40}[state]
    return {
        "title": title,
        "severity": severity,
        "status": status,
        "tone": tone,
        "owner": owner,
        "due": now + timedelta(minutes=minutes),
        "state": state,
        "alerts": 3 * severity + 1,
    }
