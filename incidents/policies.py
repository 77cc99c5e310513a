"""
What each severity means and demands, as the reference's playbook says it.

These words are seeded into `SeverityPolicy`, where they can be edited. A severity whose row
is missing still pages by them.
"""

from typing import Any

from django.utils.translation import gettext_noop as _

from incidents.models import ClockHours, SeverityPolicy, TargetRule
from operations.models import Severity

WORDS: dict[Severity, dict[str, Any]] = {
    Severity.P0: {
        "name": _("Critical"),
        "impact": _("Service completely unavailable"),
        "examples": _("Total outage, data loss, security breach"),
        "paging": _("Page immediately"),
        "pages_on_call": True,
        "response_target": _("Immediate"),
        "resolution_target": _("< 1 hour"),
        "response_minutes": 5,  # what "immediate" is measured by
        "communication_minutes": 5,
        "resolution_minutes": 60,
        "communication": _("Email + SMS to all stakeholders immediately"),
        "review_hours": 48,
        "escalate_minutes": 5,
        "waits_for_hours": False,
        "ack_minutes": 30,
    },
    Severity.P1: {
        "name": _("High"),
        "impact": _("Major functionality unavailable"),
        "examples": _("Core feature broken, major performance degradation"),
        "paging": _("Page during business hours"),
        "pages_on_call": True,
        "response_target": _("< 15 minutes"),
        "resolution_target": _("< 4 hours"),
        "response_minutes": 15,
        "communication_minutes": 15,
        "clock_hours": ClockHours.BUSINESS,
        "resolution_minutes": 240,
        "communication": _("Email to stakeholders within 15 minutes"),
        "review_hours": 48,
        "escalate_minutes": 10,
        "waits_for_hours": True,
        "ack_minutes": 60,
    },
    Severity.P2: {
        "name": _("Medium"),
        "impact": _("Minor functionality issues"),
        "examples": _("Non-critical feature broken, minor performance issues"),
        "paging": _("Assign to queue"),
        "pages_on_call": False,
        "response_target": _("< 2 hours"),
        "resolution_target": _("< 24 hours"),
        "response_minutes": 120,
        "resolution_minutes": 1440,
        "communication": _("Status page updates only"),
        "review_hours": None,
        "escalate_minutes": 60,
        "waits_for_hours": False,
        "ack_minutes": None,
    },
    Severity.P3: {
        "name": _("Low"),
        "impact": _("Cosmetic or minor issues"),
        "examples": _("UI glitches, typos"),
        "paging": _("Planned work"),
        "pages_on_call": False,
        "response_target": _("Next business day"),
        "resolution_target": _("Next sprint"),
        "response_rule": TargetRule.BUSINESS_DAY,
        "resolution_rule": TargetRule.SPRINT,
        "response_minutes": None,
        "resolution_minutes": None,
        "communication": _("Status page updates only"),
        "review_hours": None,
        "escalate_minutes": 60,
        "waits_for_hours": False,
        "ack_minutes": None,
    },
}


def policy_of(severity: int) -> SeverityPolicy:
    """Return what this severity demands; the reference's own words if no row says so."""
    kept = SeverityPolicy.objects.filter(severity=severity).first()
    return kept or SeverityPolicy(severity=severity, **WORDS[Severity(severity)])


def policies() -> dict[int, SeverityPolicy]:
    """Return all four by severity, in one query."""
    kept = {policy.severity: policy for policy in SeverityPolicy.objects.all()}
    return {
        severity.value: kept.get(severity.value)
        or SeverityPolicy(severity=severity, **WORDS[severity])
        for severity in Severity
    }
