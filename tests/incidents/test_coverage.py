"""No silent hole: the proof as it is asked for, kept, shown and told to who can mend it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents import coverage_world, workflow
from incidents.coverage import Prover
from incidents.models import CoverageHole, CoverageRun, HoleKind
from incidents.simulating import simulate
from incidents.simulation import Question
from incidents.tasks import prove_coverage
from incidents.workflow import Rung, Target, prove_due
from incidents.workflow.coverage import KEPT_FOR
from incidents.workflow.coverage import prove as work_out
from operations import workflow as operations
from operations.models import Leave, Schedule, Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import (
    ContactMethod,
    Notification,
    NotificationRule,
    Service,
    Team,
    User,
)
from portal.seeds import seed as seed_targets
from portal.slots import gather
from tests.incidents.doors import signed_in_as
from tests.incidents.worlds import START, House, kept
from tests.make import make_person, make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = 30 * DAY
PAGE = "/respond/coverage/"
API = "/api/v1/coverage-holes/"
Give = Callable[[User], ContactMethod]


@pytest.fixture(autouse=True)
def _in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def proved() -> Give:
    """Gives somebody a way that they have proved to work, at once for what may wake them."""

    def give(person: User) -> ContactMethod:
        contact: ContactMethod = kept(
            ContactMethod(
                person=person,
                kind="email",
                label="Mail",
                destination=f"{person.pk}@pager.example",
                verified_at=NOW - DAY,
            )
        )
        kept(NotificationRule(person=person, urgency="high", contact=contact))
        return contact

    return give


@pytest.fixture
def on_call(payments: Team, olivia: User, proved: Give) -> Schedule:
    """Olivia is on call all the time, and can be reached."""
    proved(olivia)
    return operations.set_schedule(
        payments, people=[olivia], starts_on=date(2026, 3, 2), actor=None
    )


def prove() -> CoverageRun:
    if not CoverageRun.objects.filter(state="due").exists():
        workflow.ask_for_proof(actor=None)
    prove_due(clock.now())
    return CoverageRun.objects.finished().latest("pk")


def found(run: CoverageRun) -> list[tuple[str, str, str]]:
    """What is wrong with P0: the kind, from and until."""
    return [
        (hole.kind, str(hole.starts_at - NOW), str(hole.ends_at - NOW))
        for hole in run.holes.filter(severity=Severity.P0)
    ]


class TestWhatIsFound:
    @pytest.mark.usefixtures("on_call")
    def test_nothing_where_somebody_is_always_reached(self, checkout: Service) -> None:
        run = prove()
        assert found(run) == []
        assert run.has_proved_it
        assert (run.service_count, run.route_count) == (1, 2)  # P0 and P1
        assert run.covered_percent == Decimal("100.000")
        assert run.ends_at == NOW + MONTH

    def test_a_service_of_nobody_has_one_hole_all_month(self, checkout: Service) -> None:
        run = prove()
        assert found(run) == [("nobody", "0:00:00", "30 days, 0:00:00")]
        hole = run.holes.first()
        assert hole is not None
        assert hole.sentence == (
            "Payments has no on-call schedule. No step after it reaches anybody."
        )
        assert hole.fix_label == "Set a schedule"
        assert run.covered_percent == 0

    def test_a_gap_in_the_schedule_to_the_minute(
        self, checkout: Service, on_call: Schedule, olivia: User
    ) -> None:
        operations.override(
            on_call,
            kind="remove",
            person=olivia,
            starts_at=NOW + DAY,
            ends_at=NOW + DAY + HOUR,
            actor=None,
        )
        run = prove()
        assert found(run) == [("nobody", "1 day, 0:00:00", "1 day, 1:00:00")]
        hole = run.holes.get(severity=Severity.P0)
        assert "Nobody is on call on" in hole.sentence
        assert hole.fix_url == on_call.get_absolute_url()
        assert Decimal(99) < (run.covered_percent or 0) < 100

    def test_an_address_that_nobody_proved_reaches_nobody(
        self, checkout: Service, on_call: Schedule, olivia: User
    ) -> None:
        ContactMethod.objects.update(verified_at=None)
        hole = prove().holes.filter(severity=Severity.P0).get()
        assert hole.kind == HoleKind.NOBODY
        assert hole.sentence.startswith("Olivia has not proved")
        assert hole.fix_url == olivia.get_absolute_url()

    def test_managers_who_are_reached_instead_make_it_a_weak_spot(
        self, checkout: Service, max: User, proved: Give
    ) -> None:
        proved(max)
        run = prove()
        assert found(run) == [("first_step", "0:00:00", "30 days, 0:00:00")]
        assert (run.hole_count, run.weak_count) == (0, 2)
        assert "Max is reached instead, after 0 min." in run.holes.first().sentence  # type: ignore[union-attr]

    def test_people_on_leave_are_found_and_stay_on_call(
        self, checkout: Service, on_call: Schedule, olivia: User
    ) -> None:
        kept(Leave(person=olivia, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY))
        run = prove()
        assert found(run) == [("away", "1 day, 0:00:00", "2 days, 0:00:00")]
        assert "Olivia is away then." in run.holes.first().sentence  # type: ignore[union-attr]

    def test_a_ladder_that_answers_too_slowly(
        self, checkout: Service, on_call: Schedule, max: User, proved: Give
    ) -> None:
        proved(max)
        ContactMethod.objects.exclude(person=max).update(is_broken=True)
        workflow.create_policy(
            name="Slow",
            team=checkout.team,
            rungs=[
                Rung([Target("schedule")], delay_minutes=20),
                Rung([Target("person", max)]),
            ],
            actor=None,
        )
        hole = prove().holes.get(severity=Severity.P0)
        assert hole.kind == HoleKind.LATE
        assert hole.sentence.endswith("Max is reached first, after 20 min.")

    def test_retired_services_and_severities_that_wake_nobody_are_left_out(
        self, checkout: Service
    ) -> None:
        checkout.retired_at = NOW
        checkout.changed_by = None
        checkout.save()
        run = prove()
        assert (run.service_count, run.route_count, run.hole_count) == (0, 0, 0)
        assert run.covered_percent is None


class TestTheVerb:
    def test_it_is_asked_for_once_at_a_time(self, checkout: Service, olivia: User) -> None:
        run = workflow.ask_for_proof(actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.ask_for_proof(actor=olivia)
        assert [reason.code for reason in refused.value.refusals] == ["under_way"]

        prove_coverage()
        run.refresh_from_db()
        assert (run.state, run.asked_by) == ("done", olivia)
        assert [event.kind for event in events.about(run)] == ["coverage.proved"]

    def test_once_a_day_without_being_asked(self, checkout: Service) -> None:
        assert prove_due(NOW) == 1
        assert prove_due(NOW + HOUR) == 0
        with time_machine.travel(NOW + 25 * HOUR, tick=False):
            assert prove_due(clock.now()) == 1

    def test_two_at_once_keep_one_result(self, checkout: Service) -> None:
        run = workflow.ask_for_proof(actor=None)
        same = CoverageRun.objects.get(pk=run.pk)
        assert work_out(run, actor=None, now=NOW)
        assert not work_out(same, actor=None, now=NOW)
        assert CoverageHole.objects.filter(severity=0).count() == 1

    def test_old_runs_are_forgotten(self, checkout: Service) -> None:
        prove()
        with time_machine.travel(NOW + KEPT_FOR + DAY, tick=False):
            prove_due(clock.now())
        assert CoverageRun.objects.count() == 1

    def test_the_number_of_questions_does_not_grow(
        self, checkout: Service, on_call: Schedule, payments: Team, proved: Give
    ) -> None:
        def questions() -> int:
            with CaptureQueriesContext(connection) as asked:
                coverage_world.read(NOW)
            return len(asked)

        before = questions()
        for number in range(20):
            make_service(f"Service {number}", team=payments)
            proved(make_person(f"Person {number}", team=payments))
        workflow.create_policy(
            name="Ours",
            team=payments,
            rungs=[Rung([Target("schedule")]), Rung([Target("managers")])],
            actor=None,
        )
        with_policy = questions()
        for number in range(20):
            workflow.create_policy(
                name=f"Other {number}",
                team=None,
                rungs=[Rung([Target("schedule")]), Rung([Target("managers")])],
                actor=None,
            )
        assert questions() == with_policy <= before + 3


class TestWordIsSentOnce:
    def test_managers_hear_of_new_holes_once(
        self, checkout: Service, max: User, olivia: User
    ) -> None:
        prove()
        (message,) = Notification.objects.filter(kind="coverage", in_inbox=True)
        assert message.person == max
        assert message.subject == "2 new holes in the paging of Payments"
        assert "Checkout, P0" in message.body
        prove()
        assert Notification.objects.filter(kind="coverage", in_inbox=True).count() == 1

    def test_another_hole_is_news_again(
        self, checkout: Service, on_call: Schedule, olivia: User, max: User
    ) -> None:
        prove()
        assert not Notification.objects.filter(kind="coverage").exists()
        operations.override(
            on_call,
            kind="remove",
            person=olivia,
            starts_at=NOW + DAY,
            ends_at=NOW + 2 * DAY,
            actor=None,
        )
        run = prove()
        assert all(hole.is_new for hole in run.holes.all())
        assert Notification.objects.filter(kind="coverage", in_inbox=True).count() == 1
        with time_machine.travel(NOW + 25 * HOUR, tick=False):  # the hole has begun
            again = prove()
        assert again.holes.exists()
        assert not again.holes.filter(is_new=True).exists()


class TestThePage:
    def test_before_the_first_proof_it_says_what_this_is_for(self, olivia: User) -> None:
        shown = signed_in_as(olivia).get(PAGE).content.decode()
        assert "Nothing has been proved yet" in shown

    def test_each_hole_with_its_fix(self, checkout: Service, olivia: User) -> None:
        prove()
        shown = signed_in_as(olivia).get(PAGE).content.decode()
        assert "2 holes" in shown
        assert "Payments has no on-call schedule." in shown
        assert "/operate/on-call/" in shown
        assert 'aria-label="P0: 1 hole (720 h), 0 weak spots"' in shown

    @pytest.mark.usefixtures("on_call")
    def test_all_is_well(self, checkout: Service, olivia: User) -> None:
        prove()
        shown = signed_in_as(olivia).get(PAGE).content.decode()
        assert "Every page ends at somebody" in shown
        assert "No hole and no weak spot" in shown

    def test_an_incomplete_proof_proves_nothing(self, checkout: Service, olivia: User) -> None:
        run = prove()
        CoverageRun.objects.filter(pk=run.pk).update(
            is_complete=False, hole_count=0, remark="“Long” was too long."
        )
        shown = signed_in_as(olivia).get(PAGE).content.decode()
        assert "Not proved" in shown
        assert "“Long” was too long." in shown
        assert "Every page ends at somebody" not in shown

    def test_filters_and_csv(self, checkout: Service, search: Service, olivia: User) -> None:
        prove()
        client = signed_in_as(olivia)
        shown = client.get(PAGE, {"service": "search", "severity": "1"}).context["rows"]
        assert [row["hole"].service for row in shown] == [search]
        lines = client.get("/respond/coverage.csv", {"severity": "0"}).getvalue().decode()
        assert len(lines.splitlines()) == 3
        assert "no_schedule" in lines

    def test_the_button_asks_for_it(self, checkout: Service, olivia: User, vera: User) -> None:
        answer = signed_in_as(olivia).post(f"{PAGE}prove/")
        assert answer.status_code == 302
        assert CoverageRun.objects.get().asked_by == olivia
        assert signed_in_as(olivia).post(f"{PAGE}prove/").status_code == 409
        assert signed_in_as(vera).post(f"{PAGE}prove/").status_code == 403
        assert "A proof is under way" in signed_in_as(olivia).get(PAGE).content.decode()

    def test_many_holes_cost_as_many_questions_as_few(
        self, checkout: Service, payments: Team, olivia: User
    ) -> None:
        def questions() -> int:
            prove()
            with CaptureQueriesContext(connection) as asked:
                assert signed_in_as(olivia).get(PAGE).status_code == 200
            return len(asked)

        few = questions()
        for number in range(15):
            make_service(f"Service {number}", team=payments)
        assert questions() == few


class TestTheApi:
    def test_it_lists_what_the_page_lists(self, checkout: Service, olivia: User) -> None:
        client = signed_in_as(olivia)
        assert client.post("/api/v1/coverage-runs/").status_code == 201
        assert client.post("/api/v1/coverage-runs/").status_code == 409
        prove()
        (run,) = client.get("/api/v1/coverage-runs/").json()["results"]
        assert (run["state"], run["hole_count"], run["covered_percent"]) == ("done", 2, "0.000")
        holes = client.get(f"{API}?severity=0&service=checkout").json()["results"]
        assert [(hole["kind"], hole["code"]) for hole in holes] == [("nobody", "no_schedule")]

    def test_only_the_newest_proof_counts(
        self, checkout: Service, olivia: User, payments: Team, proved: Give
    ) -> None:
        prove()
        proved(olivia)
        operations.set_schedule(
            payments, people=[olivia], starts_on=date(2026, 3, 2), actor=None
        )
        prove()
        assert signed_in_as(olivia).get(API).json()["results"] == []

    def test_who_only_looks_does_not_ask(self, vera: User, otto: User) -> None:
        assert signed_in_as(vera).post("/api/v1/coverage-runs/").status_code == 403
        assert signed_in_as(otto).get(API).status_code == 404


class TestElsewhere:
    def test_today_shows_the_holes_of_my_teams(
        self, checkout: Service, olivia: User, ana: User
    ) -> None:
        prove()
        assert "Pages that would reach nobody" in signed_in_as(olivia).get("/").content.decode()
        theirs = signed_in_as(ana).get("/").content.decode()
        assert "Pages that would reach nobody" not in theirs
        assert "In the next 30 days there are 2 spans in which a page reaches nobody." in theirs

    def test_improve_has_the_figure_with_its_target(
        self, checkout: Service, olivia: User
    ) -> None:
        seed_targets()

        def figure() -> dict[str, Any]:
            every = gather("improve.figures", olivia)
            return next(each for each in every if each["key"] == "paging-coverage")

        assert figure()["state"] == "pending"
        prove()
        assert (figure()["state"], figure()["value"]) == ("recorded", 0)
        shown = signed_in_as(olivia).get("/improve/").content.decode()
        assert "Paging coverage" in shown
        CoverageRun.objects.update(is_complete=False)
        assert figure()["state"] == "invalid"

    def test_a_service_names_its_holes(self, checkout: Service, olivia: User) -> None:
        prove()
        shown = signed_in_as(olivia).get(checkout.get_absolute_url()).content.decode()
        assert "Payments has no on-call schedule." in shown


@pytest.mark.parametrize("seed", range(6))
def test_the_proof_finds_what_the_simulation_foretells(seed: int) -> None:
    """At random instants of random houses, for each service and severity; turns as they are."""
    with time_machine.travel(START, tick=False), transaction.atomic():
        house = House(seed)
        for silence in house.silences:
            operations.end_silence(silence, actor=None)
        known = coverage_world.read(START)
        prover = Prover(known.world)
        for climbers in known.climbers:
            proof = prover.prove(climbers.ladder, START, START + MONTH)
            for at in house.instants(4):
                (piece,) = [p for p in proof.pieces if p.starts_at <= at < p.ends_at]
                severity = climbers.ladder.severity
                asked = Question(at=at, severity=severity, service=climbers.services[0])
                foretold = simulate(asked, now=START)
                is_sure = any(
                    each.kind == "person" and each.id in known.world.sure
                    for rung in foretold.rungs
                    for each in rung.told
                )
                # A round robin may go better than its worst turn.
                assert is_sure or piece.answer.kind == HoleKind.NOBODY, (climbers, at)
                if not _goes_round(climbers):
                    assert is_sure == (piece.answer.kind != HoleKind.NOBODY), (climbers, at)


def _goes_round(climbers: coverage_world.Climbers) -> bool:
    return any(step.strategy == "round_robin" for step in climbers.ladder.snapshot.steps)
