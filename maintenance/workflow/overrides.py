"""A manager lets one exact plan go ahead in a time that is closed to it, and says why."""

from typing import Any

from django.db import transaction

from maintenance.models import Freeze, MaintenanceRequest, OverrideOf, TimeOverride
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked
from portal import clock, events
from portal.models import User


@transaction.atomic
def override_time(
    request: MaintenanceRequest,
    *,
    of: str,
    freeze: Freeze | None = None,
    digest: str,
    reason: str,
    actor: User,
) -> TimeOverride:
    """
    Let the plan whose digest is `digest` pass this freeze, or the permitted times.

    It is for that plan only. The same again answers with the one there is.
    """
    request = locked(request)
    require(request, Verb.OVERRIDE_TIME, actor, digest=digest, reason=reason)
    row, made = TimeOverride.objects.get_or_create(
        request=request,
        of=OverrideOf(of),
        freeze=freeze,
        plan_digest=request.plan_digest,
        defaults={"person": actor, "reason": reason, "given_at": clock.now()},
    )
    if made:
        told: dict[str, Any] = {"of": str(row.of), "reason": reason, "digest": digest}
        if freeze is not None:
            told |= {"freeze": freeze.pk, "name": freeze.name}
        events.record("request.time_overridden", request, actor=actor, **told)
    return row
