"""The playbook's content for the whole portal: improvement targets and the rules to live by."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from portal.models import ImprovementTarget, PracticeKind, PracticeRule

AT_LEAST = ImprovementTarget.Comparison.AT_LEAST
BELOW = ImprovementTarget.Comparison.BELOW

# key, name, definition, comparison, value, unit
TARGETS = [
    (
        "availability",
        "Availability",
        (
            "The part of the last 90 days, planned work left out, in which users felt no P0 or "
            "P1 incident on the service, averaged over the services in use."
        ),
        AT_LEAST,
        Decimal("99.9"),
        "%",
    ),
    (
        "mttd",
        "Mean time to detect",
        (
            "From the start of the failure, as the alert or the review says, to the moment the "
            "incident was opened; the mean over the incidents of the last 90 days."
        ),
        BELOW,
        Decimal(5),
        "min",
    ),
    (
        "mttr-p0",
        "Mean time to resolve, P0",
        (
            "From opening to resolving, the mean over the P0 incidents resolved in the last "
            "90 days."
        ),
        BELOW,
        Decimal(1),
        "h",
    ),
    (
        "mttr-p1",
        "Mean time to resolve, P1",
        (
            "From opening to resolving, the mean over the P1 incidents resolved in the last "
            "90 days."
        ),
        BELOW,
        Decimal(4),
        "h",
    ),
    (
        "stakeholders-in-time",
        "Stakeholders told in time",
        (
            "Of the deadlines to tell stakeholders of an incident that fell into the last 90 "
            "days, how many were met."
        ),
        AT_LEAST,
        Decimal(100),
        "%",
    ),
    (
        "deployment-frequency",
        "Deployment frequency",
        "Deployments to production in a week, the mean over the last 90 days.",
        AT_LEAST,
        Decimal(1),
        "a week",
    ),
    (
        "change-failure-rate",
        "Change failure rate",
        (
            "The part of the deployments to production in the last 90 days that failed or "
            "caused an incident."
        ),
        BELOW,
        Decimal(5),
        "%",
    ),
    (
        "rollback-rate",
        "Rollback rate",
        "The part of the deployments to production in the last 90 days that were rolled back.",
        BELOW,
        Decimal(2),
        "%",
    ),
    (
        "paging-coverage",
        "Paging coverage",
        (
            "The part of the next 30 days, over all services in use and the severities that "
            "wake people, in which a page ends at somebody by a way that is proved to work."
        ),
        AT_LEAST,
        Decimal(100),
        "%",
    ),
]

RULES = {
    PracticeKind.ALWAYS: [
        "Monitor system 24/7",
        "Respond to incidents promptly",
        "Document all incidents and resolutions",
        "Conduct post-incident reviews",
        "Maintain backups and test restores",
        "Keep documentation up-to-date",
        "Practice sustainable pace (XP)",
        "Continuously improve",
    ],
    PracticeKind.NEVER: [
        "Ignore monitoring alerts",
        "Skip post-incident reviews",
        "Deploy without testing",
        "Work unsustainable hours",
        "Create single points of failure (knowledge)",
        "Skip backup verification",
    ],
    PracticeKind.SUCCESS: [
        "System availability > 99.9%",
        "MTTD < 5 minutes",
        "MTTR < 1 hour (P0)",
        "All incidents documented",
        "Backups tested regularly",
        "Team maintaining sustainable pace",
        "Continuous improvement culture",
    ],
}


@transaction.atomic
def seed() -> int:
    """Add what is missing, by its key, and change nothing that is there; return how much."""
    return sum(_targets()) + sum(_rules())


def _targets() -> list[bool]:
    return [
        _add(
            ImprovementTarget,
            key,
            name=name,
            definition=definition,
            comparison=comparison,
            value=value,
            unit=unit,
            order=order,
        )
        for order, (key, name, definition, comparison, value, unit) in enumerate(TARGETS)
    ]


def _rules() -> list[bool]:
    return [
        _add(PracticeRule, f"{kind}-{slugify(text)}"[:50], kind=kind, text=text, order=order)
        for kind, texts in RULES.items()
        for order, text in enumerate(texts)
    ]


def _add(model: type[ImprovementTarget] | type[PracticeRule], key: str, **fields: Any) -> bool:
    rows: QuerySet[Any] = model._default_manager.filter(key=key)
    if rows.exists():
        return False
    row = model(key=key, **fields)
    row.changed_by = None
    row.save()
    return True
