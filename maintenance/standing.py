"""
How a standard change stands: what authorises a request made from it, and what speaks against.

Of the last `BUDGET_OF` changes made from it `BUDGET` may fail, not more than one less: the
second failure suspends it. A proposal to make a change standard rests on `PROVEN` normal ones
of the same service and title that succeeded in a row.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from maintenance.models import (
    FIXED,
    Authorisation,
    MaintenanceRequest,
    Outcome,
    RequestState,
    StandardChange,
    StandardState,
    StandardVersion,
    analysis_of,
    environment_named,
)
from maintenance.models.standards import USUAL_FIXED

BUDGET = 2  # failures that suspend it
BUDGET_OF = 10  # of the last so many changes
PROVEN = 5  # successes in a row
LOOKS_BACK = timedelta(days=365)
LOOKED_AT = 1000  # closed requests, the newest
WENT_WRONG = [Outcome.FAILED, Outcome.ROLLED_BACK]
CHANGING_WORDS = re.compile(r"[\d\W_]+")


def fixed_of(request: MaintenanceRequest) -> dict[str, Any]:
    """Return the fixed fields as this request has them."""
    found = analysis_of(request)
    impact = "\n".join(
        text
        for text in (
            *(found.impact_services, found.impact_data, found.impact_interfaces),
            *(found.impact_documents, found.impact_users),
        )
        if text.strip()
    )
    return {**USUAL_FIXED, **{name: getattr(request, name) for name in FIXED}, "impact": impact}


def edited(request: MaintenanceRequest, version: StandardVersion) -> list[str]:
    """Return the names of the fixed fields that are not as the version has them."""
    fixed = {**version.fixed, "environment": environment_named(version.fixed["environment"])}
    names = [name for name in FIXED if getattr(request, name) != fixed[name]]
    if request.service_id != version.standard.service_id:
        names.append("service")
    if request.touches:
        names.append("other_services")
    if request.emergency:
        names.append("emergency")
    return names


def last_outcomes(standard: StandardChange) -> list[str]:
    """
    How the last changes made from it went, the newest first, since it counts anew.

    What came of them is known before they are closed: a failure counts while its review waits.
    """
    known = MaintenanceRequest.objects.filter(
        standard_version__standard=standard,
        state__in=[RequestState.REVIEW, RequestState.CLOSED],
        finished_at__gte=standard.counts_from,
    )
    return list(known.order_by("-finished_at").values_list("outcome", flat=True)[:BUDGET_OF])


def is_over_budget(standard: StandardChange) -> bool:
    return sum(outcome in WENT_WRONG for outcome in last_outcomes(standard)) >= BUDGET


def is_in_force(standard: StandardChange, now: datetime) -> bool:
    """Whether requests can be made from it."""
    version = standard.approved
    return (
        standard.state == StandardState.APPROVED
        and standard.suspended_at is None
        and version is not None
        and not version.is_over_at(now)
    )


@dataclass(frozen=True)
class Promotion:
    """Normal changes that went well so often that they could be a standard one."""

    newest: MaintenanceRequest
    successes: int


def promotions(requests: Iterable[MaintenanceRequest]) -> list[Promotion]:
    """Return what has proven itself, the most often first; `requests` are the newest first."""
    by_kind: dict[Any, list[MaintenanceRequest]] = defaultdict(list)
    for request in requests:
        by_kind[kind_of(request)].append(request)
    known = {
        (each.service_id, *_words_of(each.approved.fixed))
        for each in StandardChange.objects.exclude(state=StandardState.RETIRED)
        .exclude(approved=None)
        .select_related("approved")
        if each.approved
    }
    found = [
        Promotion(rows[0], in_a_row(rows))
        for kind, rows in by_kind.items()
        if kind not in known
    ]
    proven = [each for each in found if each.successes >= PROVEN]
    return sorted(proven, key=lambda each: -each.successes)


def candidates(now: datetime) -> Iterable[MaintenanceRequest]:
    """The normal changes of the last year that are closed."""
    closed = MaintenanceRequest.objects.filter(
        state=RequestState.CLOSED,
        authorisation=Authorisation.NORMAL,
        closed_at__gte=now - LOOKS_BACK,
        closed_at__lte=now,
    )
    return closed.select_related("service").order_by("-closed_at")[:LOOKED_AT]


def in_a_row(rows: list[MaintenanceRequest]) -> int:
    """How many succeeded without an issue since the last that did not."""
    count = 0
    for request in rows:
        if request.outcome != Outcome.SUCCEEDED:
            break
        count += 1
    return count


def kind_of(request: MaintenanceRequest) -> tuple[int, str, str]:
    """Requests that differ in numbers and signs only are of one kind."""
    told = {"category": str(request.category), "title": request.title}
    return (request.service_id, *_words_of(told))


def _words_of(fixed: dict[str, Any]) -> tuple[str, str]:
    return fixed["category"], CHANGING_WORDS.sub(" ", fixed["title"]).strip().casefold()
