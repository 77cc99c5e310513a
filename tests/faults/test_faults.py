"""
Alerts come in while what takes them in, reads them and sends pages is killed again and again.

RELIABILITY O1 to O5. The size comes from FAULTS_ALERTS, FAULTS_KILLS and FAULTS_SEED; CI runs
the size below, `make faults` a larger one. DATABASE_URL names the PostgreSQL server.
"""

import asyncio
import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.faults.conftest import measured
from tests.faults.fleet import Fleet, Redis
from tests.faults.oracle import Oracle
from tests.faults.sender import Call, Sender, calls_about
from tests.faults.world import World
from tests.house import Mailbox, running, wait_for

ALERTS = int(os.environ.get("FAULTS_ALERTS", "2000"))
KILLS = int(os.environ.get("FAULTS_KILLS", "40"))
SEED = int(os.environ.get("FAULTS_SEED", "1"))
SERVICES = int(os.environ.get("FAULTS_SERVICES", "60"))
RATE = float(os.environ.get("FAULTS_CALLS_A_SECOND", "10"))
FLUSHES = 5
SETTLED_WITHIN = 300.0  # seconds after the last call; mostly the work of two busy cores

VICTIMS = ["web", "worker", "pager-1", "pager-2"]
SENDERS = {"worker", "pager-1", "pager-2"}


class SlowMailbox(Mailbox):
    """Takes a moment for each mail, so that kills meet sends on their way; notes when."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: dict[str, list[float]] = {}  # Unix seconds, by message

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        key = _key(message_from_bytes(envelope.content, policy=policy.default)["Message-ID"])
        self.arrivals.setdefault(key, []).append(time.time())
        await asyncio.sleep(0.3)
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(0.3)
        return answer


@dataclass
class Run:
    """One run that is over: its books."""

    calls: list[Call]
    fleet: Fleet
    mailbox: SlowMailbox
    oracle: Oracle


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with ExitStack() as stack:
        mailbox = stack.enter_context(running(SlowMailbox()))
        redis = stack.enter_context(running(Redis()))
        url = stack.enter_context(_Database())
        settings = {
            "DATABASE_URL": url,
            "EVENKEEL_BROKER_URL": redis.url,
            "EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
        }
        folder: Path = tmp_path_factory.mktemp("faults")
        fleet = stack.enter_context(running(Fleet(folder / "data", settings)))
        world = World(fleet, services=SERVICES)
        calls = calls_about(
            world.services, alerts=ALERTS, severity="p0", seed=SEED, began=datetime.now(UTC)
        )
        oracle = Oracle(url)
        stack.callback(oracle.close)
        _wreak_havoc(fleet, redis, world, calls)
        wait_for(lambda: _has_settled(oracle), seconds=SETTLED_WITHIN, what="all work is done")
        fleet.stop()  # people who do not answer are woken on and on; the books stand still now
        yield Run(calls, fleet, mailbox, oracle)


def _wreak_havoc(fleet: Fleet, redis: Redis, world: World, calls: list[Call]) -> None:
    """Send it all, and kill and flush at random moments until the last call is answered."""
    chance = random.Random(SEED)
    length = len(calls) / RATE
    moments = sorted(chance.uniform(1, length) for _ in range(KILLS + FLUSHES))
    flushes = set(chance.sample(moments, FLUSHES))
    sender = Sender(
        f"{fleet.url}/api/v1/alerts/alertmanager/{world.key}", calls, rate=RATE, connections=8
    )
    began = time.monotonic()

    def havoc() -> None:
        for moment in moments:
            time.sleep(max(0.0, began + moment - time.monotonic()))
            if moment in flushes:
                redis.flush()
            else:
                _kill_one(fleet, chance)

    killer = threading.Thread(target=havoc, daemon=True)
    sender.start()
    killer.start()
    sender.finish(seconds=length * 4 + 120)
    killer.join(length * 2)


def _kill_one(fleet: Fleet, chance: random.Random) -> None:
    """Kill one that lives; whom no kill has met yet goes first, so that all are met."""
    before = len(fleet.kills)
    while len(fleet.kills) == before:
        met = {kill.program for kill in fleet.kills}
        fleet.kill(chance.choice([each for each in VICTIMS if each not in met] or VICTIMS))
        time.sleep(0.05)


def _has_settled(oracle: Oracle) -> bool:
    return not (
        oracle.unread()
        or oracle.reactions_owed()
        or oracle.steps_overdue()
        or oracle.pages_owed()
    )


def test_what_was_promised_was_killed(run: Run) -> None:
    assert len(run.fleet.kills) == KILLS
    killed = Counter(kill.program for kill in run.fleet.kills)
    assert set(killed) == set(VICTIMS)
    measured.append(f"Killed: {dict(killed)}; Redis flushed {FLUSHES} times")


def test_every_call_was_accepted_in_the_end_and_none_refused(run: Run) -> None:
    assert all(call.accepted_at for call in run.calls)
    statuses = Counter(status for call in run.calls for status in call.statuses)
    assert set(statuses) <= {202, 0, 503}  # 0: the connection broke
    measured.append(f"Answers to {len(run.calls)} calls: {dict(statuses)}")


def test_every_receipt_is_kept_and_read(run: Run) -> None:
    assert run.oracle.receipts_lost(run.calls) == set()
    assert run.oracle.receipts_not_read() == []


def test_every_accepted_occurrence_is_there_exactly_once(run: Run) -> None:
    accepted = {told for call in run.calls if call.receipts for told in call.occurrences}
    assert len(accepted) == ALERTS
    assert run.oracle.occurrences() == Counter(accepted)


def test_every_alert_is_in_the_one_incident_of_its_service(run: Run) -> None:
    assert run.oracle.alerts_without_an_incident() == 0
    assert set(run.oracle.incidents_by_service().values()) == {1}
    assert len(run.oracle.incidents_by_service()) == SERVICES


def test_every_step_that_was_due_was_taken_once(run: Run) -> None:
    doubled = {
        key: count
        for key, count in run.oracle.pages_of_one_step_to_one_person().items()
        if count > 1
    }
    assert doubled == {}


def test_every_page_left_once_or_was_repeated_for_a_killed_send(run: Run) -> None:
    pages = run.oracle.pages()
    assert set(pages.values()) <= {"sent", "due", "cancelled", "bundled"}
    assert len(pages) >= SERVICES  # each service's person on call was told
    arrivals = run.mailbox.arrivals
    sent = {key for key, state in pages.items() if state == "sent"}
    assert sent <= set(arrivals)
    assert set(arrivals) & set(pages) <= sent
    kills = [kill.at for kill in run.fleet.kills if kill.program in SENDERS]
    repeats = 0
    for key in sent:
        for first, second in itertools.pairwise(arrivals[key]):
            repeats += 1
            # Whoever sent the first was killed before it could note that it had.
            assert any(first - 1 <= at <= second for at in kills), (key, first, second)
    measured.append(f"Pages: {len(sent)} sent, {repeats} repeats, each for a killed send")


def test_lateness_is_shown(run: Run) -> None:
    measured.append(f"Page wanted to page sent: {run.oracle.lateness()}")
    measured.append(f"First alert accepted to first page: {run.oracle.from_accept_to_page()}")


def test_the_books_are_in_order(run: Run) -> None:
    run.fleet.manage("verify_audit")


def _key(message_id: str) -> str:
    return message_id.strip().strip("<>").partition("@")[0]


class _Database:
    """A database of our own on the server that DATABASE_URL names."""

    def __enter__(self) -> str:
        self._server = os.environ.get("DATABASE_URL", "")
        if not self._server:
            pytest.skip("DATABASE_URL names no PostgreSQL server.")
        self._name = f"evenkeel_faults_{os.getpid()}"
        self._do(f"CREATE DATABASE {self._name}")
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{self._name}"))

    def __exit__(self, *_: object) -> None:
        self._do(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        server = urlunsplit(urlsplit(self._server)._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement.encode())
