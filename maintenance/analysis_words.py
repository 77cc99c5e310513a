"""How an analysis and its risk are put into words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from maintenance.models import (
    IMPACTS,
    Analysis,
    Category,
    Deployment,
    MaintenanceRequest,
    RequestKind,
    RiskLevel,
    analysis_of,
)
from maintenance.risk import LOOKS_BACK, Risk, risk_of

RISK_TONES: dict[str, str] = {
    RiskLevel.LOW: "good",
    RiskLevel.MODERATE: "info",
    RiskLevel.HIGH: "busy",
    RiskLevel.VERY_HIGH: "bad",
}
PROBLEMS = {Category.CORRECTIVE, Category.PREVENTIVE}


def proposed_kind(request: MaintenanceRequest) -> str:
    """What the category says, while nobody has decided."""
    is_problem = request.category in PROBLEMS
    kind = RequestKind.PROBLEM if is_problem else RequestKind.ENHANCEMENT
    return str(kind.label).partition(":")[0]


def risk_status(request: MaintenanceRequest) -> dict[str, str] | None:
    """Return the parameters of the status component; None where the risk is not known."""
    if not request.risk_level:
        return None
    level = RiskLevel(request.risk_level)
    label = _("%(level)s risk") % {"level": level.label}
    return {"value": level.value, "label": label, "tone": RISK_TONES[level]}


def summary(request: MaintenanceRequest) -> dict[str, Any]:
    """Return what the page of a request shows of its analysis."""
    found = analysis_of(request)
    names = {field.name: str(field.verbose_name) for field in Analysis._meta.fields}
    return {
        "analysis": found,
        "kind": _kind(request, found),
        "reproduced": found.get_reproduced_display() if found.reproduced else "",
        "impacts": [
            {"label": names[name].capitalize(), "text": getattr(found, name)}
            for name in IMPACTS
            if getattr(found, name)
        ],
        "effort": _effort(found),
        "risk": risk_status(request),
    }


def _kind(request: MaintenanceRequest, found: Analysis) -> str:
    if not found.kind:
        return _("%(kind)s, as its category says") % {"kind": proposed_kind(request)}
    label = str(RequestKind(found.kind).label).partition(":")[0]
    if found.kind_decided_by is None:
        return label
    return _("%(kind)s, decided by %(name)s") % {"kind": label, "name": found.kind_decided_by}


def _effort(found: Analysis) -> str:
    said = []
    if found.effort_hours is not None:
        said.append(_("%(hours)s h") % {"hours": found.effort_hours.normalize()})
    if found.effort_points is not None:
        said.append(_("%(points)s points") % {"points": found.effort_points})
    return ", ".join(said)


def risk_in_words(request: MaintenanceRequest, now: datetime) -> dict[str, Any]:
    """Return the engines of the risk, and the rows of the service's history behind one."""
    risk = risk_of(request, now)
    return {
        "level": str(risk.level.label) if risk.level else "",
        "tone": RISK_TONES[risk.level] if risk.level else "neutral",
        "engines": [
            {"name": engine.name, "level": engine.level.label, "words": engine.words}
            for engine in risk.engines
        ],
        "history": _history(risk),
        "rows": [_row(row) for row in risk.history.rows],
    }


def _history(risk: Risk) -> str:
    told = {
        "failed": risk.history.failed,
        "total": risk.history.total,
        "days": LOOKS_BACK.days,
        "shift": risk.history.shift,
    }
    if not risk.history.total:
        return _("Nothing of this service was changed in the last %(days)s days.") % told
    sentence = _("%(failed)s of %(total)s changes in %(days)s days failed") % told
    if risk.history.shift:
        return sentence + _(", so the likelihood counts %(shift)s higher.") % told
    return sentence + _("; that raises nothing.")


def _row(row: Deployment | MaintenanceRequest) -> dict[str, Any]:
    at = row.failed_at if isinstance(row, Deployment) else row.closed_at
    return {"label": str(row), "url": row.get_absolute_url(), "at": at}
