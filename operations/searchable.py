"""What of operations is found: alerts, checks, heartbeats, integrations, the log."""

from datetime import timedelta

from django.db.models import QuerySet

from operations.models import Alert, Check, Heartbeat, Integration, LogEntry
from portal import clock
from portal.models import User
from portal.search.sources import UNDATED, Description, searchable

ALERTS_FOUND_FOR = timedelta(days=90)  # after they were last heard of


def _recent_alerts() -> QuerySet[Alert]:
    return Alert.objects.filter(last_seen_at__gte=clock.now() - ALERTS_FOUND_FOR)


@searchable(
    "operations.alert",
    model=Alert,
    rows=_recent_alerts,
    visible_to=lambda user: Alert.objects.visible_to(user),
)
def alert(row: Alert) -> Description:
    return Description(
        kind="alert",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=row.started_at,
        tags=[f"{name} {value}" for name, value in sorted(row.labels.items())],
        headings=row.summary,
        body=row.description,
        services=[row.service_id] if row.service_id else [],
    )


@searchable(
    "operations.check",
    model=Check,
    rows=lambda: Check.objects.select_related("service"),
    visible_to=lambda user: _all(user, Check.objects.all()),
)
def check(row: Check) -> Description:
    return Description(
        kind="check",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        tags=[row.service.name],
        body=row.url,
        services=[row.service_id],
        team=row.service.team_id,
    )


@searchable(
    "operations.heartbeat",
    model=Heartbeat,
    rows=lambda: Heartbeat.objects.select_related("service"),
    visible_to=lambda user: Heartbeat.objects.visible_to(user),
)
def heartbeat(row: Heartbeat) -> Description:
    return Description(
        kind="heartbeat",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        tags=[row.service.name],
        services=[row.service_id],
        team=row.service.team_id,
    )


@searchable(
    "operations.integration",
    model=Integration,
    rows=lambda: Integration.objects.select_related("service"),
    visible_to=lambda user: _all(user, Integration.objects.all()),
)
def integration(row: Integration) -> Description:
    return Description(
        kind="integration",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        tags=[str(row.get_kind_display())],
        services=[row.service_id] if row.service_id else [],
    )


@searchable(
    "operations.logentry",
    model=LogEntry,
    rows=lambda: LogEntry.objects.select_related("service"),
    visible_to=lambda user: _all(user, LogEntry.objects.all()),
)
def log_entry(row: LogEntry) -> Description:
    return Description(
        kind="log",
        title=str(row),
        url=row.get_absolute_url(),
        updated_at=row.happened_at,
        tags=[row.service.name] if row.service else [],
        body=row.text,
        services=[row.service_id] if row.service_id else [],
        team=row.service.team_id if row.service else None,
    )


def _all(user: User, rows: QuerySet) -> QuerySet:  # type: ignore[type-arg]  # of any model
    return rows if user.may_look else rows.none()
