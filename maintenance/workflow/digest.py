"""
What approvers decide on, as one number.

The digest is SHA-256 in hex over canonical JSON: UTF-8, keys sorted, no spaces, instants in
UTC after RFC 3339 with a `Z`. A vote names the digest it was given for, so that it can never
count for another plan.
"""

import hashlib
import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from maintenance.models import MaintenanceRequest

# A change of one of these makes it another plan.
MATERIAL = frozenset(
    {
        "title",
        "category",
        "service",
        "plan",
        "test_evidence",
        "rollback_plan",
        "planned_start",
        "planned_end",
    }
)


def plan_of(request: MaintenanceRequest) -> dict[str, Any]:
    """
    Return what the digest covers, as plain JSON.

    `{"title", "category", "service": id, "plan", "test_evidence", "rollback_plan",
    "planned_start": "2026-12-05T22:00:00Z" or None, "planned_end"}`. Takes a past version
    of a request as well.
    """
    return {
        "title": request.title,
        "category": str(request.category),
        "service": request.service_id,
        "plan": request.plan,
        "test_evidence": request.test_evidence,
        "rollback_plan": request.rollback_plan,
        "planned_start": _instant(request.planned_start),
        "planned_end": _instant(request.planned_end),
    }


def digest_of(request: MaintenanceRequest) -> str:
    text = json.dumps(
        plan_of(request), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def authors_of(request: MaintenanceRequest) -> set[int]:
    """Return the ids of all who wrote at the plan: each version that changed it names one."""
    versions = list(
        request.history.order_by("history_id").values_list("history_user_id", "plan_digest")
    )
    first = {versions[0][0]} if versions else set()
    later = {new[0] for old, new in pairwise(versions) if new[1] != old[1]}
    return {person for person in first | later if person is not None}


def _instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
