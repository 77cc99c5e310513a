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

from maintenance.models import PRODUCTION, Authorisation, MaintenanceRequest

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
        "prepare_minutes",
        "rollback_minutes",
        "environment",
        "artefact_sha256",
        "other_services",
        "resources",
        "risk_impact",
        "risk_likelihood",
        "emergency",
        "authorisation",
    }
)


# In the digest only where they are given: plans from before they existed keep theirs.
GIVEN_ONLY = (
    *("prepare_minutes", "rollback_minutes", "risk_impact", "risk_likelihood"),
    *("artefact_sha256", "touches", "emergency"),
)
# And these only where they are not as usual.
USUAL = {"environment": PRODUCTION, "authorisation": Authorisation.NORMAL}


def plan_of(request: MaintenanceRequest) -> dict[str, Any]:
    """
    Return what the digest covers, as plain JSON.

    `{"title", "category", "service": id, "plan", "test_evidence", "rollback_plan",
    "planned_start": "2026-12-05T22:00:00Z" or None, "planned_end"}`, and what is not as it
    always was before there was a choice, so that older plans keep their digest:
    `prepare_minutes` and `rollback_minutes` other than 0, an `environment` other than
    production, an `artefact_sha256` that is known, and `touches`, other services and
    resources, where there are any; `emergency`, and an `authorisation` other than normal.
    Takes a past version of a request as well.
    """
    plan: dict[str, Any] = {
        "title": request.title,
        "category": str(request.category),
        "service": request.service_id,
        "plan": request.plan,
        "test_evidence": request.test_evidence,
        "rollback_plan": request.rollback_plan,
        "planned_start": _instant(request.planned_start),
        "planned_end": _instant(request.planned_end),
    }
    for name in GIVEN_ONLY:
        if given := getattr(request, name):
            plan[name] = given
    for name, usual in USUAL.items():
        if getattr(request, name) != usual:
            plan[name] = str(getattr(request, name))
    return plan


def canonical(request: MaintenanceRequest) -> str:
    """Return the text that the digest is worked out from."""
    return json.dumps(
        plan_of(request), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def digest_of(request: MaintenanceRequest) -> str:
    return hashlib.sha256(canonical(request).encode()).hexdigest()


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
