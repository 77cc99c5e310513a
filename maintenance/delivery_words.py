"""The delivery metrics in words: values, what stands behind them, bounds, targets, rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maintenance.delivered import Period
from maintenance.delivery import Figures, LeadTime, Rate, Recovery
from operations.templatetags.lengths import as_length
from portal.models import ImprovementTarget, Service

Notes = list[str]


@dataclass(frozen=True)
class Metric:
    """One metric: how it is called, defined, said; its target; the filter of its rows."""

    key: str
    label: Any
    factor: Any
    definition: Any
    value: Callable[[Figures], str]
    notes: Callable[[Figures], Notes]
    rows: dict[str, str]
    number: Callable[[Figures], float | None] | None = None
    target: str = ""


THROUGHPUT, INSTABILITY = gettext_lazy("Throughput"), gettext_lazy("Instability")


def _length(span: timedelta | None) -> str:
    """As exact as it matters: days with hours, hours with minutes."""
    if span is None:
        return ""
    unit = timedelta(hours=1) if span >= timedelta(days=1) else timedelta(minutes=1)
    return as_length(round(span / unit) * unit if span >= timedelta(minutes=2) else span)


def per_cent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _notes_of_lead_time(lead: LeadTime) -> Notes:
    notes = []
    if lead.p90 is not None:
        notes.append(_("P90 %(value)s") % {"value": _length(lead.p90)})
    notes.append(ngettext("%(n)d change", "%(n)d changes", lead.n) % {"n": lead.n})
    if lead.unknown:
        text = ngettext(
            "%(n)d deployment of which no commit is known",
            "%(n)d deployments of which no commit is known",
            lead.unknown,
        )
        notes.append(text % {"n": lead.unknown})
    if lead.negative:
        text = ngettext(
            "%(n)d change was committed after it arrived, by its clock; left out",
            "%(n)d changes were committed after they arrived, by their clocks; left out",
            lead.negative,
        )
        notes.append(text % {"n": lead.negative})
    return notes


def _notes_of_frequency(figures: Figures) -> Notes:
    found = figures.frequency
    text = ngettext(
        "%(n)d deployment in %(days)d days", "%(n)d deployments in %(days)d days", found.n
    )
    notes = [text % {"n": found.n, "days": round(found.days)}]
    if found.days_a_week is not None:
        usual = f"{found.days_a_week:g}"
        notes.append(_("days with a deployment in the median week: %(n)s") % {"n": usual})
    return notes


def _recovery(figures: Figures) -> str:
    found = figures.recovery
    if found.p50 is None:
        nothing_failed = figures.frequency.n and not figures.fail_rate.part
        return _("None failed") if nothing_failed else ""
    return f"≥ {_length(found.p50)}" if found.is_at_least else _length(found.p50)


def _notes_of_recovery(found: Recovery) -> Notes:
    notes = [_("%(n)d recovered") % {"n": found.n}]
    if found.open:
        text = _("%(n)d not yet, which count by the time so far: the figure is a lower bound")
        notes.append(text % {"n": found.open})
    if found.negative:
        notes.append(
            _("%(n)d recovered before they finished, left out") % {"n": found.negative}
        )
    return notes


def notes_of_rate(rate: Rate) -> Notes:
    """Say what is proven and what is possible, and how sure so few make one."""
    if not rate.whole:
        return []
    notes = [_("%(part)d of %(whole)d declared") % {"part": rate.part, "whole": rate.whole}]
    if rate.at_most > rate.part:
        text = _("between %(low)s proven and %(high)s at most, with what is only inferred")
        values = {"low": per_cent(rate.share), "high": per_cent(rate.share_at_most)}
        notes.append(text % values)
    if interval := rate.interval:
        low, high = (per_cent(end) for end in interval)
        notes.append(_("95 %% interval %(low)s to %(high)s") % {"low": low, "high": high})
    return notes


METRICS = [
    Metric(
        "lead-time",
        gettext_lazy("Change lead time"),
        THROUGHPUT,
        gettext_lazy("The median time from the commit of a change to its first arrival."),
        lambda figures: _length(figures.lead_time.p50),
        lambda figures: _notes_of_lead_time(figures.lead_time),
        {},
    ),
    Metric(
        "frequency",
        gettext_lazy("Deployment frequency"),
        THROUGHPUT,
        gettext_lazy("Deployments that finished in production, for each week."),
        lambda figures: (
            _("%(n)s a week") % {"n": f"{figures.frequency.a_week:.1f}"}
            if figures.frequency.n
            else ""
        ),
        _notes_of_frequency,
        {},
        lambda figures: figures.frequency.a_week if figures.frequency.n else None,
        "deployment-frequency",
    ),
    Metric(
        "recovery",
        gettext_lazy("Failed deployment recovery time"),
        THROUGHPUT,
        gettext_lazy("The median time from a failed deployment to the recovery from it."),
        _recovery,
        lambda figures: _notes_of_recovery(figures.recovery),
        {"failure": "declared"},
    ),
    Metric(
        "fail-rate",
        gettext_lazy("Change fail rate"),
        INSTABILITY,
        gettext_lazy("The part of the deployments that needed immediate intervention."),
        lambda figures: per_cent(figures.fail_rate.share),
        lambda figures: notes_of_rate(figures.fail_rate),
        {"failure": "declared"},
        lambda figures: _hundred(figures.fail_rate.share),
        "change-failure-rate",
    ),
    Metric(
        "rework-incident",
        gettext_lazy("Deployment rework rate: incidents"),
        INSTABILITY,
        gettext_lazy("The part that was unplanned, as a result of an incident in production."),
        lambda figures: per_cent(figures.rework_incident.share),
        lambda figures: notes_of_rate(figures.rework_incident),
        {"rework_for": "incident"},
    ),
    Metric(
        "rework-bug",
        gettext_lazy("Deployment rework rate: user-facing bugs"),
        INSTABILITY,
        gettext_lazy("The part that was unplanned, to address a bug that users saw."),
        lambda figures: per_cent(figures.rework_bug.share),
        lambda figures: notes_of_rate(figures.rework_bug),
        {"rework_for": "bug"},
    ),
    Metric(
        "rollbacks",
        gettext_lazy("Rollback rate"),
        INSTABILITY,
        gettext_lazy("The part of the deployments that took another one back."),
        lambda figures: per_cent(figures.rollbacks.share),
        lambda figures: notes_of_rate(figures.rollbacks),
        {"rollback": "true"},
        lambda figures: _hundred(figures.rollbacks.share),
        "rollback-rate",
    ),
]


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share


def lines_of(
    figures: Figures,
    before: Figures,
    *,
    service: Service,
    period: Period,
    rollbacks: bool,
    targets: dict[str, ImprovementTarget],
) -> list[dict[str, Any]]:
    """Return a line for each metric of one service, as `maintenance/delivery.html` shows it."""
    base = {"service": service.slug, "counted": "true"}
    base |= {"finished_from": period.first.isoformat(), "finished_to": period.last.isoformat()}
    if not rollbacks:
        base["rollback"] = "false"
    address = reverse("maintenance:deployments")
    return [
        {
            "metric": metric,
            "value": metric.value(figures),
            "notes": metric.notes(figures),
            "before": metric.value(before),
            "url": f"{address}?{urlencode(base | metric.rows)}",
            "target": _target(metric, figures, targets),
        }
        for metric in METRICS
    ]


def _target(
    metric: Metric, figures: Figures, targets: dict[str, ImprovementTarget]
) -> dict[str, str] | None:
    target = targets.get(metric.target)
    if target is None or metric.number is None:
        return None
    unit = f" {target.unit}" if target.unit else ""
    words = f"{target.get_comparison_display()} {target.value.normalize():f}{unit}"
    number = metric.number(figures)
    if number is None:
        return {"words": words, "label": _("No deployments"), "tone": "neutral"}
    told, wanted = Decimal(str(number)), target.value
    at_least = target.comparison == ImprovementTarget.Comparison.AT_LEAST
    is_met = told >= wanted if at_least else told < wanted
    label = _("Met") if is_met else _("Missed")
    return {"words": words, "label": label, "tone": "good" if is_met else "bad"}


def targets() -> dict[str, ImprovementTarget]:
    wanted = [metric.target for metric in METRICS if metric.target]
    return {target.key: target for target in ImprovementTarget.objects.filter(key__in=wanted)}
