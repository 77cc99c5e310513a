"""Code that does not fit the database claims nothing, and says so (RELIABILITY R18)."""

import logging
from types import SimpleNamespace

import pytest

from portal import fit
from portal.management.commands.pager import Rounds
from portal.models import Heartbeat

FIRST, SECOND, JOINED = ("portal", "0001_a"), ("portal", "0002_b"), ("portal", "0001_to_2")


def has(
    monkeypatch: pytest.MonkeyPatch,
    *applied: tuple[str, str],
    squashed: dict[tuple[str, str], list[tuple[str, str]]] | None = None,
) -> None:
    """A code of two migrations, and a database that has these."""
    code = {FIRST: [], SECOND: [], **(squashed or {})}
    loader = SimpleNamespace(
        disk_migrations={key: SimpleNamespace(replaces=its) for key, its in code.items()},
        applied_migrations=dict.fromkeys(applied),
    )
    monkeypatch.setattr(fit, "MigrationLoader", lambda _connection: loader)


def test_the_missing_migrations_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, FIRST)
    assert fit.missing_migrations() == ["portal.0002_b"]
    has(monkeypatch, FIRST, SECOND)
    assert fit.missing_migrations() == []


def test_what_a_newer_release_added_does_not_stop_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has(monkeypatch, FIRST, SECOND, ("portal", "0003_of_the_next_release"))
    assert fit.missing_migrations() == []


def test_one_that_stands_for_others_is_there_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, FIRST, SECOND, squashed={JOINED: [FIRST, SECOND]})
    assert fit.missing_migrations() == []


@pytest.mark.django_db
def test_a_pager_that_does_not_fit_waits_until_it_does(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a sign of life of its own, the band says that no pager runs."""
    monkeypatch.setattr("portal.management.commands.pager.sweeps", list)
    monkeypatch.setattr("portal.management.commands.pager.ASK_AGAIN_AFTER", 0)
    monkeypatch.setattr("portal.management.commands.pager.close_old_connections", list)
    rounds = Rounds("pager of a test")

    has(monkeypatch, FIRST)
    with caplog.at_level(logging.ERROR):
        assert not rounds.go_round()
    assert "portal.0002_b" in caplog.text
    assert not Heartbeat.objects.exists()
    assert not rounds._fits

    has(monkeypatch, FIRST, SECOND)
    rounds.go_round()
    assert rounds._fits
