"""The first day: somebody opens an empty portal and becomes its administrator."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import refuse
from portal.models import Service, Team, TeamRole, User
from portal.workflow.people import make_first_administrator
from portal.workflow.services import create_service
from portal.workflow.teams import add_member, create_team


@transaction.atomic
def set_up(
    *, name: str, email: str, password: str, team_name: str, service_name: str
) -> tuple[User, Team, Service]:
    """
    Make the first person, who administers the portal and manages the first team.

    Refuses with `already_set_up` as soon as there is anybody at all.
    """
    _take_turns()
    if User.objects.exists():
        raise refuse("already_set_up", _("Somebody has set this portal up already."))
    person = make_first_administrator(email=email, name=name, password=password)
    team = create_team(name=team_name, actor=person)
    add_member(team, person=person, role=TeamRole.MANAGER, actor=person)
    service = create_service(name=service_name, team=team, actor=person)
    return person, team, service


def _take_turns() -> None:
    """Have whoever sets up at the same moment wait; there is no person yet to lock."""
    ContentType.objects.select_for_update().get(app_label="portal", model="user")
