"""What of maintenance is found: change requests, standard changes, deployments, windows."""

from maintenance.models import (
    Deployment,
    MaintenanceRequest,
    MaintenanceWindow,
    StandardChange,
)
from portal.search.sources import Description, searchable


@searchable(
    "maintenance.request",
    model=MaintenanceRequest,
    rows=lambda: MaintenanceRequest.objects.select_related("service"),
    visible_to=lambda user: MaintenanceRequest.objects.visible_to(user),
)
def request(row: MaintenanceRequest) -> Description:
    return Description(
        kind="request",
        title=f"{row.number} {row.title}",
        url=row.get_absolute_url(),
        updated_at=row.closed_at or row.submitted_at or row.created_at,
        names=[row.number, row.title],
        tags=[row.service.name, str(row.get_category_display())],
        body="\n".join([row.reason, row.verification]),
        code="\n".join([row.plan, row.rollback_plan]),
        services=row.touched_services,
        team=row.service.team_id,
    )


@searchable(
    "maintenance.standardchange",
    model=StandardChange,
    rows=lambda: StandardChange.objects.select_related("service"),
    visible_to=lambda user: StandardChange.objects.visible_to(user),
)
def standard_change(row: StandardChange) -> Description:
    return Description(
        kind="standard_change",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=row.created_at,
        tags=[row.service.name],
        services=[row.service_id],
        team=row.service.team_id,
    )


@searchable(
    "maintenance.deployment",
    model=Deployment,
    rows=lambda: Deployment.objects.select_related("service"),
    visible_to=lambda user: Deployment.objects.visible_to(user),
)
def deployment(row: Deployment) -> Description:
    return Description(
        kind="deployment",
        title=str(row),
        url=row.get_absolute_url(),
        updated_at=row.recorded_at,
        names=[name for name in (row.version, row.commit) if name],
        tags=[row.service.name, row.environment],
        body=row.failed_because,
        services=[row.service_id],
        team=row.service.team_id,
    )


@searchable(
    "maintenance.window",
    model=MaintenanceWindow,
    rows=lambda: MaintenanceWindow.objects.prefetch_related("services"),
    visible_to=lambda user: MaintenanceWindow.objects.visible_to(user),
)
def window(row: MaintenanceWindow) -> Description:
    services = list(row.services.all())
    return Description(
        kind="window",
        title=row.title,
        url=row.get_absolute_url(),
        updated_at=row.starts_at,
        tags=[service.name for service in services],
        body=row.description,
        services=[service.pk for service in services],
        team=services[0].team_id if services else None,
    )
