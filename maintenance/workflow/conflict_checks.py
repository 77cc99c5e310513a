"""What was found about a plan's time, kept as it was found and with what from."""

from datetime import UTC, datetime
from typing import Any

from maintenance.conflicts import Conflict, conflicts_of, sight_of
from maintenance.models import ConflictCheck, MaintenanceRequest, Occasion
from maintenance.permitted import standing
from maintenance.timing import Span


def keep_check(
    request: MaintenanceRequest, occasion: Occasion, *, span: Span | None, now: datetime
) -> ConflictCheck:
    """Look at the plan's time and keep what is found; without a time nothing is computed."""
    if span is None:
        return ConflictCheck.objects.create(
            request=request,
            occasion=occasion,
            plan_digest=request.plan_digest,
            inputs={"span": None},
            computed_at=now,
        )
    sight = sight_of(request, span)
    found = conflicts_of(request, span, now=now, sight=sight)
    judged = standing(request, span)
    hard = sum(each.is_hard for each in found)
    change = sight.change
    inputs = {
        "span": [_instant(span.start), _instant(span.end)],
        "services": sorted(change.services),
        "near": sorted(sight.near),
        "environment": change.environment,
        "person": change.person,
        "resources": sorted(change.resources),
        "rules": sight.rules._asdict(),
        "freezes": [freeze.name for freeze in judged.freezes],
        "windows": [window.name for window in judged.windows],
        "windows_overridden": judged.is_overridden,
    }
    return ConflictCheck.objects.create(
        request=request,
        occasion=occasion,
        plan_digest=request.plan_digest,
        code=judged.code,
        hard_count=hard,
        soft_count=len(found) - hard,
        inputs=inputs,
        found=[_told(each) for each in found],
        computed_at=now,
    )


def _told(conflict: Conflict) -> dict[str, Any]:
    other = conflict.other
    return {
        "request": other.pk,
        "number": other.number,
        "title": other.title,
        "state": other.state,
        "rule": str(conflict.rule),
        "weight": str(conflict.weight),
        "over": list(conflict.over),
        "start": _instant(conflict.span.start),
        "end": _instant(conflict.span.end),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
