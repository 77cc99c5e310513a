"""The commands an operator types: what they do, what they say, and that twice is as once."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django_celery_beat.models import PeriodicTask

from portal import audit, clock, events, floors, schedule
from portal.crypto import secret_hash
from portal.models import ApiToken, Event, User
from tests.make import make_person


def told(*command: str, **options: Any) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().strip()


@pytest.mark.parametrize(
    "name", sorted(name for name, app in get_commands().items() if app == "portal")
)
def test_each_of_our_commands_explains_itself(name: str) -> None:
    help_text = load_command_class("portal", name).help
    assert len(help_text) > 60


def test_the_floors_are_ours_in_their_order() -> None:
    names = [config.name for config in floors.floors()]
    assert names == ["portal", "operations", "knowledge", "maintenance", "incidents"]


class TestSeed:
    def test_it_adds_every_periodic_task_and_says_so(self, db: None) -> None:
        assert f"Periodic tasks: {len(schedule.entries())} added" in told("seed")
        assert PeriodicTask.objects.count() == len(schedule.entries())

    def test_a_second_run_adds_nothing(self, db: None) -> None:
        told("seed")
        assert told("seed") == "Nothing was missing."

    def test_it_leaves_what_an_operator_changed(self, db: None) -> None:
        told("seed")
        PeriodicTask.objects.filter(name="Audit what was due").update(enabled=False)
        told("seed")
        assert not PeriodicTask.objects.get(name="Audit what was due").enabled


class TestCreateToken:
    def create(self, **options: Any) -> str:
        given = {"person": "olivia@example.com", "name": "CI", "scopes": "read,deploy"}
        return told("create_token", **given | options)

    def test_it_prints_the_secret_of_a_token_that_works(self, olivia: User) -> None:
        secret = self.create(days=30)

        token = ApiToken.objects.get(token_hash=secret_hash(secret))
        assert (token.person, token.name) == (olivia, "CI")
        assert token.scopes == ["deploy", "read"]
        month = timedelta(days=30)
        assert timedelta(0) <= clock.now() + month - token.expires_at < timedelta(minutes=1)

    def test_a_second_of_the_same_name_is_refused(self, olivia: User) -> None:
        self.create()
        with pytest.raises(CommandError, match=r"has a valid token named “CI”.*--replace"):
            self.create()
        assert ApiToken.objects.count() == 1

    def test_replace_revokes_the_one_before(self, olivia: User) -> None:
        old, new = self.create(), self.create(replace=True)

        assert old != new
        valid = ApiToken.objects.filter(revoked_at=None)
        assert [token.token_hash for token in valid] == [secret_hash(new)]

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"person": "nobody@example.com"}, "Nobody active signs in as nobody@example.com"),
            ({"scopes": "read,fly"}, "Choose at least one of the scopes"),
            ({"scopes": ""}, "Choose at least one of the scopes"),
            ({"days": 0}, "lasts 1 to 366 days, not 0"),
            ({"days": 10**10}, "lasts 1 to 366 days"),
            ({"name": ""}, "cannot be blank"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, olivia: User, options: dict[str, Any], sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=sentence):
            self.create(**options)
        assert not ApiToken.objects.exists()


class TestVerifyAudit:
    @pytest.fixture(autouse=True)
    def _own_head(self, tmp_path: Path, settings: Any) -> None:
        settings.DATA_DIR = tmp_path

    def test_a_whole_chain_is_counted(self, ada: User) -> None:
        for _ in range(3):
            events.record("person.changed", ada, actor=ada)
        audit.seal_new_events()
        events.record("person.changed", ada, actor=ada)

        said = told("verify_audit")
        last = Event.objects.get(position=3)
        assert f"whole: 3 events, head {last.seal[:16]}." in said
        assert "Not sealed yet: 1" in said

    def test_an_empty_chain_is_whole(self, db: None) -> None:
        assert told("verify_audit") == "The audit chain is whole: 0 events, head none yet."

    def test_a_changed_event_is_named_and_fails_the_command(self, ada: User) -> None:
        events.record("person.changed", ada, actor=ada)
        audit.seal_new_events()
        Event.objects.update(kind="person.renamed")

        errors = StringIO()
        with pytest.raises(CommandError, match="broken in 1 places") as refused:
            call_command("verify_audit", stdout=StringIO(), stderr=errors)
        assert "Position 1: Event" in errors.getvalue()
        assert refused.value.returncode == 1


class TestPrepare:
    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path: Path, settings: Any) -> None:
        settings.DATA_DIR = tmp_path
        settings.STATIC_ROOT = str(tmp_path / "static")

    def test_a_second_run_has_nothing_to_do(self, db: None, tmp_path: Path) -> None:
        first = told("prepare")

        assert "Periodic tasks: " in first
        assert "Collecting the static files." in first
        manifest = tmp_path / "static/staticfiles.json"
        assert manifest.exists()
        assert told("prepare") == ""

        # Static files that went missing are collected again.
        manifest.unlink()
        assert told("prepare") == "Collecting the static files."

    def test_a_demo_is_loaded_only_where_nobody_is_yet(self, db: None, settings: Any) -> None:
        settings.DEBUG = True  # collects no static files
        make_person("Olivia")
        told("prepare", demo=True)
        assert User.objects.count() == 1
