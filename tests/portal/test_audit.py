"""The audit chain: what was said stays said, in order, and every break is found."""

from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal import audit, audit_guard, events
from portal.models import Event, Service, User


@pytest.fixture(autouse=True)
def _own_head(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def tell(service: Service, actor: User | None = None, times: int = 3) -> list[Event]:
    return [
        events.record("service.changed", service, actor=actor, number=number)
        for number in range(times)
    ]


def tamper(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def delete(event: Event) -> None:
    """As the database lets it go: after what it owed."""
    tamper("DELETE FROM portal_reaction WHERE event_id = %s", event.pk)
    tamper("DELETE FROM portal_event WHERE id = %s", event.pk)


def test_a_whole_chain_verifies(checkout: Service, olivia: User) -> None:
    tell(checkout, olivia)

    assert audit.seal_new_events() == 3
    assert audit.seal_new_events() == 0
    assert list(audit.verify()) == []
    assert set(Event.objects.values_list("position", flat=True)) == {1, 2, 3}


def test_an_edited_event_is_found(checkout: Service) -> None:
    changed = tell(checkout)[1]
    audit.seal_new_events()

    tamper("UPDATE portal_event SET actor_label = 'Nobody' WHERE id = %s", changed.pk)

    assert [problem.position for problem in audit.verify()] == [2]


def test_a_deleted_event_is_found(checkout: Service) -> None:
    gone = tell(checkout)[1]
    audit.seal_new_events()

    delete(gone)

    assert [problem.position for problem in audit.verify()] == [2, 3]


def test_a_tail_that_was_cut_off_is_found(checkout: Service) -> None:
    last = tell(checkout)[-1]
    audit.seal_new_events()

    delete(last)

    assert "cut off" in next(audit.verify()).sentence


def test_a_chain_written_anew_without_the_key_is_found(
    checkout: Service, settings: Any
) -> None:
    tell(checkout)
    audit.seal_new_events()
    tamper("UPDATE portal_event SET position = NULL, seal = ''")
    settings.AUDIT_KEY = "a guess"
    (settings.DATA_DIR / "audit-head.json").unlink()
    audit.seal_new_events()
    settings.AUDIT_KEY = "only for tests, too"

    assert len(list(audit.verify())) == 3


def test_demo_events_are_not_part_of_it(checkout: Service) -> None:
    checkout.is_demo = True
    tell(checkout)

    assert audit.seal_new_events() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portal_event SET kind = 'other'",
        "UPDATE portal_event SET seal = 'other'",
        "UPDATE portal_event SET position = 99",
        "DELETE FROM portal_event",
    ],
)
def test_the_database_itself_refuses(checkout: Service, statement: str) -> None:
    tell(checkout, times=1)
    audit.seal_new_events()
    audit_guard.install(connection)
    try:
        with pytest.raises(DatabaseError, match=r"never|once"), transaction.atomic():
            tamper(statement)
    finally:
        audit_guard.remove(connection)

    assert list(audit.verify()) == []


def test_the_guard_lets_demo_events_go(checkout: Service) -> None:
    checkout.is_demo = True
    tell(checkout)
    audit_guard.install(connection)
    try:
        tamper("DELETE FROM portal_reaction")
        tamper("DELETE FROM portal_event")
    finally:
        audit_guard.remove(connection)

    assert not Event.objects.exists()
