"""The reference's incident response playbook, as rows that people may edit."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from incidents.models import GroupingRule, Phase, ReviewTemplate, SeverityPolicy, StatusTemplate
from incidents.policies import WORDS
from portal.models import Tracked

# `[...]` marks what the writer fills in.
STATUS_TEXTS = {
    Phase.INVESTIGATING: _("We are investigating reports of [issue description]."),
    Phase.IDENTIFIED: _(
        "The issue has been identified as [root cause]. We are working on a fix."
    ),
    Phase.MONITORING: _(
        "A fix has been implemented and deployed. We are monitoring the situation."
    ),
    Phase.RESOLVED: _("The issue has been resolved. All systems operational."),
}

GROUPING_NAME = "One incident per service"
REVIEW_NAME = "Post-incident review"
REVIEW_SECTIONS = [
    {"key": "date", "title": _("Date"), "hint": _("The day it happened.")},
    {"key": "severity", "title": _("Severity"), "hint": _("As it was when it ended.")},
    {
        "key": "duration",
        "title": _("Duration"),
        "hint": _("Name both ends: from what until what."),
    },
    {
        "key": "impact",
        "title": _("Impact"),
        "hint": _("Who could not do what, and how many: “10,000 users unable to sign in”."),
    },
    {
        "key": "timeline",
        "title": _("Timeline"),
        "hint": _("What happened when; filled in from the incident, to be completed."),
    },
    {
        "key": "root_cause",
        "title": _("Root cause"),
        "hint": _("What made it possible. Ask why until the answer is no person's mistake."),
    },
    {"key": "resolution", "title": _("Resolution"), "hint": _("What ended it.")},
    {
        "key": "went_well",
        "title": _("What went well"),
        "hint": _("Fast detection, quick response, clear communication."),
    },
    {
        "key": "went_wrong",
        "title": _("What went wrong"),
        "hint": _("What was missing, slow or misleading."),
    },
    {
        "key": "prevention",
        "title": _("Prevention"),
        "hint": _("How similar incidents will be prevented."),
    },
]


@transaction.atomic
def seed() -> int:
    """Add what is missing and overwrite nothing; return how many rows were added."""
    rows: list[tuple[type[Tracked], dict[str, Any], dict[str, Any]]] = [
        (SeverityPolicy, {"severity": severity}, words) for severity, words in WORDS.items()
    ]
    rows += [
        (StatusTemplate, {"phase": phase}, {"text": text, "order": order})
        for order, (phase, text) in enumerate(STATUS_TEXTS.items())
    ]
    rows.append((ReviewTemplate, {"name": REVIEW_NAME}, {"sections": REVIEW_SECTIONS}))
    rows.append((GroupingRule, {"is_default": True}, {"name": GROUPING_NAME}))
    return sum(_add_if_missing(*row) for row in rows)


def _add_if_missing(model: type[Tracked], key: dict[str, Any], fields: dict[str, Any]) -> bool:
    if model._default_manager.filter(**key).exists():
        return False
    row = model(**key, **fields)
    row.changed_by = None
    row.save()
    return True
