"""Several people at the same moment: exactly one way of it holds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from portal.errors import DomainError
from portal.models import Access, ServiceDependency, TeamRole, User
from portal.workflow import people, services, teams
from portal.workflow.setting_up import set_up
from tests.make import make_person, make_service, make_team

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*verbs: Callable[[], object]) -> list[str]:
    """Run the verbs in threads of their own; return how each of them ended."""

    def run(verb: Callable[[], object]) -> str:
        try:
            verb()
        except DomainError as refused:
            return refused.refusals[0].code
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return sorted(pool.map(run, verbs))


def test_two_halves_of_a_circle() -> None:
    team = make_team()
    one, two = make_service("One", team=team), make_service("Two", team=team)

    answers = at_once(
        lambda: services.add_dependency(one, needs=two, actor=None),
        lambda: services.add_dependency(two, needs=one, actor=None),
    )

    assert answers == ["dependency_circle", "done"]
    assert ServiceDependency.objects.count() == 1


def test_two_administrators_who_shut_each_other_out() -> None:
    ada = make_person("Ada", access=Access.ADMINISTRATOR)
    eve = make_person("Eve", access=Access.ADMINISTRATOR)

    answers = at_once(
        lambda: people.deactivate(eve, actor=ada),
        lambda: people.change_access(ada, access=Access.VIEWER, actor=eve),
    )

    assert answers == ["done", "last_administrator"]
    assert User.objects.filter(is_active=True, access=Access.ADMINISTRATOR).count() == 1


def test_two_managers_who_leave() -> None:
    team = make_team()
    max_, mia = (make_person(name, team=team, role=TeamRole.MANAGER) for name in ("Max", "Mia"))

    answers = at_once(
        lambda: teams.remove_member(team, person=max_, actor=None),
        lambda: teams.change_role(team, person=mia, role=TeamRole.MEMBER, actor=None),
    )

    assert answers == ["done", "last_manager"]


def test_two_who_set_the_portal_up() -> None:
    def visitor(name: str) -> Callable[[], object]:
        return lambda: set_up(
            name=name,
            email=f"{name}@example.com",
            password="a kettle at sea",
            team_name=name,
            service_name=name,
        )

    assert at_once(visitor("ada"), visitor("eve")) == ["already_set_up", "done"]
    assert User.objects.count() == 1
