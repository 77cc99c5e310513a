"""Many at once on what requests are made of: one wins, the others are told or shown it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, connections

from maintenance import workflow
from maintenance.backlog import in_order
from maintenance.models import (
    Analysis,
    BacklogPlace,
    MaintenanceRequest,
    OriginKind,
    process_step,
)
from maintenance.workflow.origins import Origin
from portal import clock
from portal.errors import DomainError
from portal.models import Event, Service, Team, TeamRole, User
from tests.maintenance.make import make_process, make_request
from tests.make import make_person

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 6
T = TypeVar("T")


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    yield
    connection.close()


@pytest.fixture
def house() -> tuple[Service, User]:
    team = Team(name="Payments", slug="payments")
    team.changed_by = None
    team.save()
    service = Service(name="Checkout", slug="checkout", team=team)
    service.changed_by = None
    service.save()
    return service, make_person("Olivia", team=team, role=TeamRole.MANAGER)


def all_at_once(job: Callable[[int], T]) -> list[T]:
    def alone(number: int) -> T:
        try:
            return job(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(alone, range(HANDS)))


def code_of(verb: Callable[[], object]) -> str:
    try:
        verb()
    except DomainError as refused:
        return refused.refusals[0].code
    return "done"


def test_many_presses_make_one_request(house: tuple[Service, User]) -> None:
    service, olivia = house
    origin = Origin(OriginKind.CHECK, "check:1", "Front page", "/operate/checks/1/")
    made = all_at_once(
        lambda _number: workflow.request_from(
            origin, title="Mend it", service=service, reason="Red.", actor=olivia
        )
    )
    assert len({request.pk for request, _is_new in made}) == 1
    assert sum(is_new for _request, is_new in made) == 1
    assert MaintenanceRequest.objects.count() == 1
    assert Event.objects.filter(kind="request.created").count() == 1


def test_of_many_who_write_an_analysis_one_wins(house: tuple[Service, User]) -> None:
    service, olivia = house
    request = make_request(service, olivia)
    edits = Analysis.objects.get().edits
    answers = all_at_once(
        lambda number: code_of(
            lambda: workflow.analyse(
                request, actor=olivia, seen=edits, options=f"Option {number}"
            )
        )
    )
    assert sorted(answers) == ["analysis_changed"] * (HANDS - 1) + ["done"]
    assert Analysis.objects.get().edits == edits + 1


def test_of_many_who_publish_a_process_one_wins(house: tuple[Service, User]) -> None:
    _service, olivia = house
    process = make_process("corrective", "Fix")
    workflow.save_process(process, steps=[process_step("Look")], actor=olivia)
    answers = all_at_once(
        lambda _number: code_of(lambda: workflow.publish_process(process, actor=olivia))
    )
    assert sorted(answers) == ["done"] + ["no_draft"] * (HANDS - 1)
    assert process.versions.count() == 2


def test_ranks_stay_dense_whoever_moves_what(house: tuple[Service, User]) -> None:
    service, olivia = house
    requests = [make_request(service, olivia) for _ in range(HANDS)]
    all_at_once(lambda number: workflow.rank(requests[number], move="top", actor=olivia))

    ranks = sorted(BacklogPlace.objects.values_list("rank", flat=True))
    assert ranks == list(range(1, HANDS + 1))
    rows = in_order(MaintenanceRequest.objects.all(), clock.now())
    assert [row.rank for row in rows] == ranks
