"""Many at once: one wins, and nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection, connections

from knowledge import workflow
from knowledge.models import (
    ActionItem,
    Freshness,
    Repair,
    Revision,
    RevisionReading,
    RunbookRun,
    RunEntry,
    Watch,
)
from knowledge.queued_answers import take_in
from portal import clock
from portal.errors import DomainError
from portal.models import Event
from tests.knowledge.make import (
    RUNBOOK,
    make_action,
    make_document,
    make_published,
    make_run,
    newest,
)
from tests.make import make_person

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8
T = TypeVar("T")


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    yield
    connection.close()


def refused_with(verb: Callable[[], object]) -> list[str]:
    """The codes with which the verb said no; none if it did its work."""
    try:
        verb()
    except DomainError as refused:
        return [refusal.code for refusal in refused.refusals]
    return []


def all_at_once(job: Callable[[int], T]) -> list[T]:
    def work(number: int) -> T:
        try:
            return job(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(work, range(HANDS)))


def test_of_many_who_save_exactly_one_wins_and_numbers_stay_dense() -> None:
    document = make_document()

    def save(base: int, number: int) -> list[str]:
        body = f"round {base}, hand {number}"
        return refused_with(
            lambda: workflow.save_revision(
                document, base_number=base, title="T", body=body, actor=None
            )
        )

    for base in range(1, 6):
        told = all_at_once(partial(save, base))
        assert sorted(told) == [[], *[["newer_revision"]] * (HANDS - 1)]

    numbers = Revision.objects.filter(document=document).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    document.refresh_from_db()
    assert document.latest_number == 6
    assert Event.objects.filter(kind="document.revised").count() == 5


def test_of_many_who_answer_a_step_one_is_heard_and_the_others_are_told() -> None:
    people = [make_person(f"Person {number}") for number in range(HANDS)]
    step = make_run().steps.get(order=1)

    def answer(number: int) -> list[str]:
        return refused_with(
            lambda: workflow.answer_step(step, state="done", actor=people[number])
        )

    told = all_at_once(answer)
    assert sorted(told) == [[], *[["step_answered"]] * (HANDS - 1)]
    assert Event.objects.filter(kind="run.step_answered").count() == 1


def test_of_many_workers_one_reminds() -> None:
    action = make_action(make_person("Olivia"))
    due = clock.now()
    ActionItem.objects.update(remind_at=due)

    def remind(number: int) -> bool:
        return workflow.remind(action.pk, now=due + timedelta(seconds=number))

    assert all_at_once(remind).count(True) == 1
    assert Event.objects.filter(kind="action.reminded").count() == 1


def test_a_queue_that_is_sent_twice_at_once_is_taken_in_once() -> None:
    olivia = make_person("Olivia")
    run = make_run(actor=olivia)
    answer = {"step": 1, "state": "done", "note": "on the train"}
    answer |= {"client_id": str(uuid4()), "client_at": "2026-11-20T03:00:00Z"}

    told = all_at_once(lambda _number: take_in(run, {"answers": [answer]}, actor=olivia))

    assert [answers[0]["taken"] for answers in told] == [True] * HANDS
    assert RunEntry.objects.count() == 1


def test_of_many_who_go_on_by_newer_words_one_does_and_the_others_are_told() -> None:
    document = make_published()
    run = make_run(document)
    workflow.save_revision(
        document, base_number=1, title="T", body=RUNBOOK + "4. More\n", actor=None
    )
    workflow.publish(newest(document), actor=None)

    told = all_at_once(
        lambda _number: refused_with(lambda: workflow.go_on_with_newer(run, actor=None))
    )

    assert sorted(told) == [[], *[["run_ended"]] * (HANDS - 1)]
    assert RunbookRun.objects.filter(continues=run).count() == 1


def test_of_many_ends_of_runs_one_opens_the_repair_and_of_many_workers_one_reminds() -> None:
    people = [make_person(f"Person {number}") for number in range(HANDS)]
    document = make_published()
    runs = [make_run(document, actor=person) for person in people]
    for run, person in zip(runs, people, strict=True):
        for step in run.steps.all():
            workflow.answer_step(step, state="skipped", note="No", actor=person)
        workflow.finish_run(run, state="failed", actor=person)

    all_at_once(lambda number: workflow.judge_run(runs[number].pk))

    assert Repair.objects.count() == 3  # one for each step
    fresh = Freshness.objects.get()
    now = fresh.due_at + timedelta(minutes=1)
    assert (
        all_at_once(lambda _number: workflow.remind_of_document(fresh.pk, now=now)).count(True)
        == 1
    )


def test_of_many_who_settle_a_comment_one_does_and_what_is_counted_is_counted_once() -> None:
    revision = newest(make_published())
    person = make_person("Olivia")
    comment = workflow.comment_on(revision, text="Which pods?", actor=person)

    def settle(_number: int) -> list[str]:
        workflow.watch(revision.document, actor=person)
        workflow.note_reading(revision, person=person, now=clock.now())
        return refused_with(partial(workflow.resolve_comment, comment, actor=person))

    answers = all_at_once(settle)
    assert sorted(answers) == [[], *[["already_resolved"]] * (HANDS - 1)]
    assert Event.objects.filter(kind="document.comment_resolved").count() == 1
    assert Watch.objects.count() == RevisionReading.objects.count() == 1
