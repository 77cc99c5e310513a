"""What of incidents is found: incidents, and reviews until they are documents of their own."""

from incidents.models import Incident, Review
from portal.search.sources import Description, searchable


@searchable(
    "incidents.incident",
    model=Incident,
    rows=lambda: Incident.objects.select_related("service").prefetch_related("alerts__alert"),
    visible_to=lambda user: Incident.objects.visible_to(user),
)
def incident(row: Incident) -> Description:
    alerts = dict.fromkeys(one.alert.name for one in row.alerts.all())
    return Description(
        kind="incident",
        title=f"{row.number} {row.title}",
        url=row.get_absolute_url(),
        updated_at=row.detected_at,
        names=[row.number, row.title],
        tags=[row.service.name, *alerts],
        body="\n".join([row.impact, row.resolution]),
        services=[row.service_id],
        team=row.service.team_id,
    )


@searchable(
    "incidents.review",
    model=Review,
    rows=lambda: Review.objects.filter(document=None).select_related("incident__service"),
    visible_to=lambda user: Review.objects.visible_to(user),
    follows={
        Incident: lambda pks: Review.objects.filter(incident__in=pks).values_list(
            "pk", flat=True
        )
    },
)
def review(row: Review) -> Description:
    incident = row.incident
    return Description(
        kind="review",
        title=f"{incident.number} {incident.title}",
        url=row.get_absolute_url(),
        updated_at=row.published_at or row.created_at,
        tags=[incident.service.name],
        body="\n".join(str(text) for text in row.sections.values()),
        services=[incident.service_id],
        team=incident.service.team_id,
        overdue_at=row.due_at if row.is_being_written else None,
    )
