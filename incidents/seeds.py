"""The reference's incident response playbook, as rows that people may edit."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _
from simple_history.utils import bulk_create_with_history

from incidents.factor_words import WORDS as FACTORS
from incidents.models import (
    CommunicationRule,
    Factor,
    GroupingRule,
    MessageTemplate,
    Phase,
    ReviewRules,
    ReviewTemplate,
    ReviewTemplateVersion,
    SeverityPolicy,
    StatusTemplate,
)
from incidents.policies import WORDS
from operations.models import Severity
from portal import clock
from portal.models import Tracked

Row = tuple[dict[str, Any], dict[str, Any]]  # by which it is known, and what else it says

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

# How stakeholders are told (reference, "Communicate"): (by e-mail, by SMS, within minutes).
TOLD: dict[Severity, tuple[bool, bool, int | None]] = {
    Severity.P0: (True, True, 5),
    Severity.P1: (True, False, 15),
    Severity.P2: (False, False, None),
    Severity.P3: (False, False, None),
}
FIRST = "First word"
MESSAGES = {
    FIRST: {
        "subject": _("[severity] [service]: [title]"),
        "text": _(
            "[severity] incident of [service] since [since]: [title]\n\nImpact: [impact].\n\n"
            "People are working on it. You will hear more by and by; the public reads "
            "[status page]."
        ),
        "sms": _("[severity] [service]: [title]. Since [since]. [status page]"),
        "order": 10,
    },
    "What we know now": {
        "subject": _("[number] [service]: [what is new]"),
        "text": _(
            "[what is new]\n\nImpact: [impact].\n\nNext word by [when]. Incident: [link]"
        ),
        "sms": _("[number] [service]: [what is new]. Next word by [when]."),
        "order": 20,
    },
    "It is over": {
        "subject": _("[number] [service]: over"),
        "text": _("The incident is over: [what ended it]\n\nWhat follows: [what follows]"),
        "sms": _("[number] [service] is over: [what ended it]."),
        "order": 30,
    },
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
    added = [
        _add_missing(
            SeverityPolicy,
            [({"severity": severity}, words) for severity, words in WORDS.items()],
        ),
        _add_missing(
            StatusTemplate,
            [
                ({"phase": phase}, {"text": text, "order": order})
                for order, (phase, text) in enumerate(STATUS_TEXTS.items())
            ],
        ),
        _add_missing(ReviewTemplate, [({"name": REVIEW_NAME}, {"sections": REVIEW_SECTIONS})]),
        _add_missing(ReviewRules, [({"only": 1}, {})]),
        _add_missing(
            Factor,
            [
                ({"name": name}, {"category": category, "description": use})
                for category, words in FACTORS.items()
                for name, use in words.items()
            ],
        ),
        _add_missing(GroupingRule, [({"is_default": True}, {"name": GROUPING_NAME})]),
        _add_missing(
            MessageTemplate, [({"name": name}, words) for name, words in MESSAGES.items()]
        ),
        _add_missing(CommunicationRule, _house_rules()),
        _keep_first_versions(),
    ]
    return sum(added)


def _house_rules() -> list[Row]:
    """The rules of the house, as the reference has them; P0 sends its first word by itself."""
    first = MessageTemplate.objects.filter(name=FIRST).first()
    return [
        (
            {"severity": severity, "service_id": None},
            {
                "by_email": by_email,
                "by_sms": by_sms,
                "within_minutes": within,
                "template": first if severity == Severity.P0 else None,
            },
        )
        for severity, (by_email, by_sms, within) in TOLD.items()
    ]


def _keep_first_versions() -> int:
    """Each template has at least the version that says what it says now."""
    bare = ReviewTemplate.objects.filter(versions__isnull=True)
    return len(
        ReviewTemplateVersion.objects.bulk_create(
            ReviewTemplateVersion(
                template=template,
                number=template.latest_number,
                sections=template.sections,
                message=_("As the playbook says it"),
                created_at=clock.now(),
            )
            for template in bare
        )
    )


def _add_missing(model: type[Tracked], rows: list[Row]) -> int:
    known = set(model._default_manager.values_list(*rows[0][0]))
    made = [model(**key, **fields) for key, fields in rows if tuple(key.values()) not in known]
    for row in made:
        row.changed_by = None
    bulk_create_with_history(made, model)
    return len(made)
