"""How standard changes are put into words and rows."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from maintenance.models import Category, StandardChange, StandardState, StandardVersion

SOON = 30  # days before its approval is over


def standard_row(standard: StandardChange, now: datetime) -> dict[str, Any]:
    """Return a standard change with how it stands, in words and a tone."""
    label, tone = standing_of(standard, now)
    return {"item": standard, "label": label, "tone": tone, "state": standard.state}


def standing_of(standard: StandardChange, now: datetime) -> tuple[str, str]:
    version = standard.approved
    if standard.state == StandardState.RETIRED:
        return str(StandardState.RETIRED.label), "neutral"
    if standard.suspended_at is not None:
        return _("Suspended"), "bad"
    if version is None:
        return str(StandardState(standard.state).label), "info"
    if version.is_over_at(now):
        return _("Expired"), "bad"
    if version.expires_at and (version.expires_at - now).days < SOON:
        return _("Expires soon"), "busy"
    return _("In force"), "good"


def fields_of(version: StandardVersion) -> list[dict[str, str]]:
    """Return what a version fixes, field by field, in the words of the forms."""
    fixed = version.fixed
    return [
        {"label": label, "text": str(text)}
        for label, text in (
            (_("Title"), fixed["title"]),
            (_("Category"), str(Category(fixed["category"]).label).partition(":")[0]),
            (_("Plan"), fixed["plan"]),
            (_("Test evidence"), fixed["test_evidence"]),
            (_("Rollback plan"), fixed["rollback_plan"]),
            (_("What it touches"), fixed["impact"]),
            (_("Environment"), fixed["environment"]),
            (_("Preparation"), _minutes(fixed["prepare_minutes"])),
            (_("Time to roll back"), _minutes(fixed["rollback_minutes"])),
        )
        if text
    ]


def version_in_words(version: StandardVersion) -> str:
    """The same as lines, to compare two versions by."""
    return "\n".join(f"{row['label']}: {row['text']}" for row in fields_of(version))


def _minutes(minutes: int) -> str:
    return _("%(minutes)s min") % {"minutes": minutes} if minutes else ""
