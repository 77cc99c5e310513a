"""What every installation begins with: the operational procedures of the reference."""

from datetime import time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Manager

from operations.models import (
    AlertRule,
    BackupComponent,
    CapacityKind,
    CapacityRule,
    ChecklistTemplate,
    Frequency,
    MetricThreshold,
    NoiseSettings,
    PaceSettings,
)
from operations.workflow.internal import internal_integration
from portal.models import Tracked

APPLICATION = MetricThreshold.Family.APPLICATION
INFRASTRUCTURE = MetricThreshold.Family.INFRASTRUCTURE
PAGE = AlertRule.Delivery.PAGE
TELL = AlertRule.Delivery.TELL


class Metric(NamedTuple):
    key: str
    family: MetricThreshold.Family
    name: str
    unit: str
    normal_from: str | None
    warning: str
    critical: str


METRICS = [
    Metric("response-time-p95", APPLICATION, "Response time (P95)", "ms", None, "200", "500"),
    Metric("error-rate", APPLICATION, "Error rate", "%", None, "0.1", "1"),
    Metric("requests", APPLICATION, "Requests", "per second", "5000", "15000", "20000"),
    Metric("active-users", APPLICATION, "Active users", "", "1000", "5000", "8000"),
    Metric("cpu", INFRASTRUCTURE, "CPU usage", "%", None, "70", "85"),
    Metric("memory", INFRASTRUCTURE, "Memory usage", "%", None, "80", "90"),
    Metric("disk", INFRASTRUCTURE, "Disk usage", "%", None, "75", "85"),
    Metric("network", INFRASTRUCTURE, "Network I/O", "%", None, "70", "85"),
]


class Rule(NamedTuple):
    key: str
    delivery: AlertRule.Delivery
    name: str
    metric: str = ""
    above: str | None = None
    for_minutes: int = 0


RULES = [
    Rule("service-unavailable", PAGE, "Service unavailable for more than 1 min", for_minutes=1),
    Rule("error-rate-critical", PAGE, "Error rate > 5 %", "error-rate", "5"),
    Rule("database-down", PAGE, "Database down"),
    Rule("security-incident", PAGE, "Security incident"),
    Rule("data-corruption", PAGE, "Data corruption detected"),
    Rule("error-rate-warning", TELL, "Error rate > 1 %", "error-rate", "1"),
    Rule("latency", TELL, "Latency > 500 ms for 5 min", "response-time-p95", "500", 5),
    Rule("cpu", TELL, "CPU > 85 % for 10 min", "cpu", "85", 10),
    Rule("memory", TELL, "Memory > 90 % for 10 min", "memory", "90", 10),
    Rule("disk", TELL, "Disk > 85 %", "disk", "85"),
]


class Backup(NamedTuple):
    key: str
    name: str
    frequency: str
    retention: str
    verification: str = ""


# Of the database, as the reference says; the targets hold for every component until changed.
RTO_HOURS = 4
RPO_HOURS = 24
BACKUPS = [
    Backup("database", "Database", "Daily 3 AM", "30 days", "Weekly restore test"),
    Backup("file-storage", "File storage", "Daily 4 AM", "30 days", "Monthly restore test"),
    Backup("configuration", "Configuration", "On change", "Forever (Git)"),
    Backup("logs", "Logs", "Continuous", "90 days"),
]


class Listed(NamedTuple):
    key: str
    name: str
    frequency: Frequency
    at: time
    items: list[str]


CHECKLISTS = [
    Listed(
        "morning",
        "Morning startup checklist",
        Frequency.DAILY,
        time(8),
        [
            "Review overnight monitoring alerts",
            "Check system health dashboard",
            "Review error logs for anomalies",
            "Verify backup completion",
            "Check batch job completion",
            "Review capacity metrics",
            "Update operations log",
        ],
    ),
    Listed(
        "end-of-day",
        "End of day checklist",
        Frequency.DAILY,
        time(17),
        [
            "Review day's incidents",
            "Check for pending alerts",
            "Verify scheduled jobs queued",
            "Update operations log",
            "Handoff to on-call engineer",
        ],
    ),
    Listed(
        "weekly-optimisation",
        "Weekly optimisation",
        Frequency.WEEKLY,
        time(10),
        [
            "Review slow query log",
            "Optimise top 10 slowest queries",
            "Check for missing database indexes",
            "Review cache hit rates",
            "Identify and refactor performance bottlenecks",
        ],
    ),
    Listed(
        "monthly-optimisation",
        "Monthly optimisation",
        Frequency.MONTHLY,
        time(10),
        [
            "Analyse query execution plans",
            "Database vacuum and analyse",
            "Review and optimise API endpoints",
            "Load testing",
            "Capacity planning review",
        ],
    ),
    Listed(
        "performance-tuning",
        "Performance tuning checklist",
        Frequency.BY_HAND,
        time(10),
        [
            "Database indexes optimised",
            "Query performance acceptable",
            "Caching strategy effective",
            "CDN configured properly",
            "Image optimisation in place",
            "Code profiling completed",
            "Resource utilisation balanced",
        ],
    ),
]

CAPACITY = [
    ("weekly", CapacityKind.ROUTINE, "Weekly", "Review growth trends"),
    ("monthly", CapacityKind.ROUTINE, "Monthly", "Forecast next month's capacity"),
    ("quarterly", CapacityKind.ROUTINE, "Quarterly", "Plan infrastructure scaling"),
    ("cpu-auto", CapacityKind.HORIZONTAL, "CPU above 70 % on average", "Add replicas"),
    ("memory-auto", CapacityKind.HORIZONTAL, "Memory above 80 % on average", "Add replicas"),
    ("replicas", CapacityKind.HORIZONTAL, "Number of replicas", "At least 3, at most 50"),
    (
        "cpu-sustained",
        CapacityKind.VERTICAL,
        "CPU > 85 % sustained for 1 week",
        "Upgrade instance type",
    ),
    (
        "memory-sustained",
        CapacityKind.VERTICAL,
        "Memory > 90 % sustained for 1 week",
        "Increase RAM",
    ),
    ("disk-full", CapacityKind.VERTICAL, "Disk > 85 %", "Add storage"),
]


def seed() -> int:
    """Add what is missing, by its key; what people have changed stays as they left it."""
    added = _seed_thresholds() + _seed_rules()
    for order, backup in enumerate(BACKUPS):
        targets = {"rto_hours": RTO_HOURS, "rpo_hours": RPO_HOURS}
        added += _add(BackupComponent, order, **backup._asdict(), **targets)
    for order, listed in enumerate(CHECKLISTS):
        added += _add(ChecklistTemplate, order, **listed._asdict())
    for order, (key, kind, when, then) in enumerate(CAPACITY):
        added += _add(CapacityRule, order, key=key, kind=kind, when=when, then=then)
    internal_integration()
    return added + _seed_row(NoiseSettings) + _seed_row(PaceSettings)


def _seed_row(model: type[NoiseSettings] | type[PaceSettings]) -> int:
    if model._default_manager.exists():
        return 0
    settings = model()
    settings.changed_by = None
    settings.save()
    return 1


def _seed_thresholds() -> int:
    added = 0
    for order, metric in enumerate(METRICS):
        values: dict[str, Any] = metric._asdict()
        for name in ("normal_from", "warning", "critical"):
            values[name] = None if values[name] is None else Decimal(values[name])
        added += _add(MetricThreshold, order, **values)
    return added


def _seed_rules() -> int:
    metrics = {metric.key: metric for metric in MetricThreshold.objects.all()}
    added = 0
    for order, rule in enumerate(RULES):
        values = rule._asdict()
        values["metric"] = metrics.get(rule.metric)
        values["above"] = None if rule.above is None else Decimal(rule.above)
        added += _add(AlertRule, order, **values)
    return added


def _add(model: type[Tracked], order: int, **values: Any) -> int:
    rows: Manager[Any] = model._default_manager
    if rows.filter(key=values["key"]).exists():
        return 0
    row = rows.model(order=order, **values)
    row.changed_by = None
    row.save()
    return 1
