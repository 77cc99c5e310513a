"""
What is foretold is what happens: random houses, asked first, then let run by the real engine.

Each case rolls back. `SIMULATION_CASES` says how many there are: a few in the plain suite,
thousands when somebody asks for them.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction

from incidents.models import EscalationStep, Incident
from incidents.policies import policies
from incidents.simulating import simulate
from incidents.simulation import Question, Simulation
from incidents.workflow import escalation
from operations import workflow as operations
from operations.models import Severity, Silence
from portal import clock, reactions
from portal.models import Notification, SendState, Service
from tests.incidents.worlds import START, House
from tests.operations.make import told, webhook

CASES = int(os.environ.get("SIMULATION_CASES", "100"))
PER_HOUSE = 10
LONGEST = 400  # moments at which something is due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

Sent = set[tuple[str, int, int | None, datetime]]  # to whom, by which way, when


class _Undo(Exception):
    pass


@pytest.fixture(autouse=True)
def _in_march() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


@pytest.mark.parametrize("seed", range(max(1, CASES // PER_HOUSE)))
def test_the_simulation_is_what_the_engine_then_does(seed: int) -> None:
    house = House(seed)
    reactions.react_to_all_due(clock.now())  # to its making; once, not again in each case
    for at in house.instants(PER_HOUSE):
        service = house.random.choice(house.services)
        severity = house.random.choice([Severity.P0, Severity.P0, Severity.P1, Severity.P2])
        _compare(house, service, severity, at)


def _compare(house: House, service: Service, severity: Severity, at: datetime) -> None:
    asked = Question(
        at=at,
        severity=severity,
        labels={"alertname": "Down", "service": service.slug, "severity": severity.name},
        integration=house.integration,
    )
    foretold = simulate(asked, now=clock.now())
    wanted = _foretold(foretold)
    last = max((when for *_whom, when in wanted), default=at)
    try:
        with transaction.atomic(), time_machine.travel(at, tick=False) as traveller:
            _fire(house, asked)
            _run(traveller, after=last)
            happened = _sent()
            opened = list(Incident.objects.values_list("detected_at", flat=True))
            raise _Undo
    except _Undo:
        pass
    assert foretold.service == service
    assert wanted == happened, (service, severity, at)
    if policies()[severity].pages_on_call:
        assert opened == ([foretold.starts_at] if foretold.starts_at else []), (severity, at)


def _fire(house: House, asked: Question) -> None:
    labels: dict[str, Any] = {
        name: value for name, value in asked.labels.items() if name != "alertname"
    }
    body = webhook(told("Down", at=asked.at, **labels))
    operations.accept(house.integration, body, "application/json")


def _run(traveller: Any, *, after: datetime) -> None:
    """
    Look whenever something is due, in the pager's order, until nothing is.

    What holds and is let go `after` the last message wakes people once more; the simulation
    ends before that.
    """
    for _moment in range(LONGEST):
        now = clock.now()
        operations.read_all_due(now)
        operations.look_at_silences(now)
        reactions.react_to_all_due(now)
        escalation.escalate_due(now)
        due = Notification.objects.filter(state=SendState.DUE)
        due.filter(due_at__lte=now).update(state=SendState.SENT, sent_at=now)
        coming = _next_due(now, after=after)
        if coming is None:
            return
        traveller.move_to(coming)
    raise AssertionError("It does not come to an end.")


def _next_due(now: datetime, *, after: datetime) -> datetime | None:
    steps = EscalationStep.objects.filter(state="due").values_list("due_at", flat=True)
    messages = Notification.objects.filter(state=SendState.DUE, kind="page")
    due = [*steps, *messages.values_list("due_at", flat=True)]
    silences = Silence.objects.filter(due_at__gt=now).values_list("due_at", flat=True)
    has_opened = Incident.objects.exists()
    due += [at for at in silences if at and (due or not has_opened or at <= after)]
    return min(due, default=None)


def _sent() -> Sent:
    rows = Notification.objects.filter(kind="page", state=SendState.SENT)
    return {
        ("person", row.person_id, row.contact_id, row.sent_at)
        if row.person_id
        else ("channel", row.channel_id or 0, None, row.sent_at)
        for row in rows
        if row.sent_at is not None
    }


def _foretold(simulation: Simulation) -> Sent:
    return {
        (each.kind, each.id, message.contact_id, message.at)
        for rung in simulation.rungs
        for each in rung.told
        for message in each.messages
    }


def test_the_houses_are_worth_asking() -> None:
    """Among a few of them are holds, waits, skips, gaps, repeats and last resorts."""
    seen: set[str] = set()
    for seed in range(12):
        try:
            with transaction.atomic():
                house = House(seed)
                for at in house.instants(6):
                    for service in house.services:
                        found = simulate(Question(at, Severity.P1, service), now=START)
                        seen |= set(_features(found))
                raise _Undo
        except _Undo:
            continue
    assert seen >= {"held", "waits", "skipped", "nobody", "repeated", "last resort", "channel"}


def _features(found: Simulation) -> Iterator[str]:
    if found.is_held:
        yield "held"
    for rung in found.rungs:
        is_silent = not (rung.told or rung.waits_until or rung.skipped_because)
        yield from (
            name
            for name, is_there in [
                ("waits", rung.waits_until),
                ("skipped", rung.skipped_because),
                ("nobody", is_silent),
                ("repeated", rung.loop),
                ("last resort", rung.is_last_resort),
                ("channel", any(told.kind == "channel" for told in rung.told)),
            ]
            if is_there
        )
