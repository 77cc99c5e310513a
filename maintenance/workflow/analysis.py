"""Write down what a change is about, what it touches, and what it risks."""

from typing import Any

from django.db import transaction

from maintenance.models import Analysis, MaintenanceRequest, analysis_of
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked
from maintenance.workflow.requests import change_plan, create_request
from portal import clock, events
from portal.models import User

RISK = ("risk_impact", "risk_likelihood")
WORDS = frozenset(
    {
        *("kind", "reproduced", "reproduced_how", "options"),
        *("impact_services", "impact_data", "impact_interfaces", "impact_documents"),
        *("impact_users", "delay_cost", "effort_hours", "effort_points"),
    }
)


@transaction.atomic
def ask_for_change(
    *,
    impact: str = "",
    reproduced: str = "",
    reproduced_how: str = "",
    actor: User,
    **told: Any,
) -> MaintenanceRequest:
    """
    Make a draft as `create_request` does, with as much of its analysis as approvers need.

    What it touches in one text; the page of the analysis has room for more.
    """
    request = create_request(actor=actor, **told)
    said: dict[str, Any] = {
        "impact_services": impact,
        "reproduced": reproduced,
        "reproduced_how": reproduced_how,
    }
    if not any(said.values()):
        return request
    return analyse(request, actor=actor, **said).request


@transaction.atomic
def analyse(
    request: MaintenanceRequest,
    *,
    actor: User | None,
    seen: int | None = None,
    seen_plan: str | None = None,
    **said: Any,
) -> Analysis:
    """
    Keep what is given of the analysis; the estimate of the risk belongs to the plan.

    So another estimate takes back a decision, as any other plan does. `seen` is the
    `Analysis.edits` that the writer had before them, and `seen_plan` the digest. Raises
    `ValidationError` for values that no analysis may have.
    """
    assert said.keys() <= WORDS | set(RISK)
    request = locked(request)
    analysis = _locked_analysis(request)
    require(request, Verb.ANALYSE, actor, seen=seen, edits=analysis.edits)
    estimate = {name: said.pop(name) for name in RISK if name in said}
    if any(getattr(request, name) != value for name, value in estimate.items()):
        request = change_plan(request, actor=actor, seen=seen_plan, **estimate)
    changed = _set(analysis, said, actor)
    if not changed:
        return analysis
    analysis.request = request
    analysis.edits += 1
    analysis.analysed_by, analysis.analysed_at = actor, clock.now()
    analysis.full_clean(exclude=["request"])
    analysis.changed_by = actor
    analysis.save()
    events.record("request.analysed", request, actor=actor, fields=changed)
    return analysis


def _set(analysis: Analysis, said: dict[str, Any], actor: User | None) -> list[str]:
    """Set the fields; a kind that somebody chose is kept with who and when."""
    changed = []
    for name, value in said.items():
        tidy = value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
        if getattr(analysis, name) != tidy:
            setattr(analysis, name, tidy)
            changed.append(name)
    if "kind" in changed:
        analysis.kind_decided_by = actor if analysis.kind else None
        analysis.kind_decided_at = clock.now() if analysis.kind else None
    return sorted(changed)


def _locked_analysis(request: MaintenanceRequest) -> Analysis:
    """The request's row is locked, so nobody else writes its analysis meanwhile."""
    return Analysis.objects.filter(request=request).first() or analysis_of(request)
