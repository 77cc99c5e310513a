"""What of the ground floor is found: services, teams and people."""

from portal.models import Membership, Service, Team, User
from portal.search.sources import UNDATED, Description, searchable


@searchable(
    "portal.service",
    model=Service,
    rows=lambda: Service.objects.select_related("team").prefetch_related("labels", "links"),
    visible_to=lambda user: Service.objects.visible_to(user),
)
def service(row: Service) -> Description:
    return Description(
        kind="service",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        names=[row.slug],
        tags=[row.team.name, *(f"{label.name} {label.value}" for label in row.labels.all())],
        body=row.description,
        code=" ".join(link.label for link in row.links.all()),
        services=[row.pk],
        team=row.team,
        is_archived=row.retired_at is not None,
    )


@searchable(
    "portal.team",
    model=Team,
    rows=lambda: Team.objects.all(),
    visible_to=lambda user: Team.objects.visible_to(user),
)
def team(row: Team) -> Description:
    return Description(
        kind="team",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        names=[row.slug],
        body=row.description,
        team=row,
    )


@searchable(
    "portal.user",
    model=User,
    rows=lambda: User.objects.prefetch_related("teams"),
    visible_to=lambda user: User.objects.visible_to(user),
    follows={
        Team: lambda pks: Membership.objects.filter(team__in=pks).values_list(
            "person_id", flat=True
        )
    },
)
def person(row: User) -> Description:
    return Description(
        kind="person",
        title=row.name,
        url=row.get_absolute_url(),
        updated_at=UNDATED,
        names=[row.email],
        tags=[team.name for team in row.teams.all()],
        is_archived=not row.is_active,
    )
