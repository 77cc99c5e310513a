"""
An installation of the first release is brought up to date with its people, rotations and pages.

Each database begins at the first release's migrations, gets rows as that release wrote them,
and is migrated by the command that operators run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_RELEASE = {
    "portal": "0002_event_guard",
    "operations": "0001_initial",
    "knowledge": "0001_initial",
    "maintenance": "0001_initial",
    "incidents": "0001_initial",
}

AS_IT_WAS = f"""
from datetime import UTC, date, datetime, time, timedelta
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
state = MigrationExecutor(connection).migrate({list(FIRST_RELEASE.items())!r})
model = state.apps.get_model
now = datetime.now(UTC)
olivia, max_ = (
    model("portal", "User").objects.create(
        email=name + "@old.example", name=name, access="member")
    for name in ("olivia", "max")
)
contact = model("portal", "ContactMethod").objects
contact.create(person=olivia, kind="email", label="Mail", destination="o@old.example",
               for_high=True, for_low=True, delay_minutes=0)
contact.create(person=olivia, kind="email", label="Later", destination="l@old.example",
               for_high=True, for_low=False, delay_minutes=5)
team = model("portal", "Team").objects.create(name="Old", slug="old", time_zone="Europe/Berlin")
for person, role in ((olivia, "member"), (max_, "manager")):
    model("portal", "Membership").objects.create(team=team, person=person, role=role)
service = model("portal", "Service").objects.create(name="Till", slug="till", team=team)
schedule = model("operations", "Schedule").objects.create(
    team=team, starts_on=date(2026, 3, 2), handoff_weekday=0, handoff_time=time(9))
for order, person in enumerate((olivia, max_), start=1):
    model("operations", "Turn").objects.create(schedule=schedule, person=person, order=order)
model("operations", "Override").objects.create(
    schedule=schedule, person=max_, starts_at=now - timedelta(hours=1),
    ends_at=now + timedelta(hours=1), reason="A swap")
incident = model("incidents", "Incident").objects
step = model("incidents", "EscalationStep").objects
over = incident.create(service=service, title="Over", severity=0, state="resolved",
                       detected_at=now - timedelta(days=2), resolved_at=now - timedelta(days=1))
step.create(incident=over, round=1, order=1, target="on_call", state="done",
            outcome="Olivia: she", due_at=over.detected_at, done_at=over.detected_at)
step.create(incident=over, round=1, order=2, target="managers", state="cancelled",
            due_at=over.detected_at)
goes_on = incident.create(service=service, title="Goes on", severity=0, state="triggered",
                          detected_at=now - timedelta(minutes=2))
step.create(incident=goes_on, round=1, order=1, target="on_call", state="done",
            outcome="Max: override", due_at=goes_on.detected_at, done_at=goes_on.detected_at)
step.create(incident=goes_on, round=1, order=2, target="managers", state="due",
            due_at=now - timedelta(seconds=30))
"""

AS_IT_IS = """
import json
from incidents.models import EscalationStep, Incident
from incidents.workflow import escalation
from operations.models import Participant
from operations.on_call import who_is_on_call
from portal import clock
from portal.models import Notification, NotificationRule, Team
rules = NotificationRule.objects.order_by("urgency", "after_minutes")
on_call = who_is_on_call(Team.objects.get(), clock.now())
escalation.escalate_due(clock.now())
steps = EscalationStep.objects.order_by("run__incident", "loop", "order")
print(json.dumps({
    "rules": [[r.person.name, r.urgency, r.contact.label, r.after_minutes] for r in rules],
    "on_call": [on_call.person.name, on_call.reason],
    "turns": [each.person.name for each in Participant.objects.order_by("order")],
    "steps": [[s.run.incident.title, s.order, s.state, s.reason] for s in steps],
    "paged": sorted({n.person.name for n in Notification.objects.filter(kind="page")}),
}))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An installation that began as the first release and was brought up to date."""
    with empty_house(tmp_path_factory.mktemp("old")) as environment:
        manage(environment, "shell", "-c", AS_IT_WAS)
        manage(environment, "prepare")
        yield environment


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[dict[str, str]]:
    with empty_house(tmp_path) as environment:
        manage(environment, "prepare")
        yield environment


@contextmanager
def empty_house(folder: Path) -> Iterator[dict[str, str]]:
    """An environment whose database is empty and belongs to this test alone."""
    environment = {**os.environ, "DATA_DIR": str(folder)}
    environment["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    server = environment.pop("DATABASE_URL", "")
    if not server:
        yield environment
        return
    name = f"evenkeel_upgrade_{folder.name}_{os.getpid()}"
    admin = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        yield environment | {"DATABASE_URL": url}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def manage(home: dict[str, str], *words: str) -> str:
    run = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


AS_IT_IS_MADE = r"""
import json, re
from django.db import connection
look, made = connection.introspection, {}


def columns_on_sqlite(cursor, table):
    cursor.execute(f'PRAGMA table_info("{table}")')
    return [[row[1], row[2], bool(row[3])] for row in cursor.fetchall()]


def rules_on_sqlite(cursor, table):
    cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s", [table])
    rows = cursor.fetchall()
    named = [name for kind, _name, sql in rows if kind == "table"
             for name in re.findall(r'CONSTRAINT "(\w+)"', sql)]
    return named + [[name, sql] for kind, name, sql in rows if kind != "table" and sql]


def columns_elsewhere(cursor, table):
    rows = look.get_table_description(cursor, table)
    if table == "auth_group_permissions":  # Django: migrations alone make its id a bigint
        rows = [row for row in rows if row.name != "id"]
    return [[row.name, str(row.type_code), bool(row.null_ok)] for row in rows]


def rules_elsewhere(cursor, table):
    # What Django or PostgreSQL named goes by what columns were called when it was made.
    unnamed = re.compile(r"_[0-9a-f]{8}(_\w+)?$|_(pkey|key|check)\d*$")
    return [[name, rule["unique"], rule["check"]]
            for name, rule in look.get_constraints(cursor, table).items()
            if not unnamed.search(name)]


sqlite = connection.vendor == "sqlite"
columns, rules = (
    (columns_on_sqlite, rules_on_sqlite) if sqlite else (columns_elsewhere, rules_elsewhere)
)
with connection.cursor() as cursor:
    for table in look.table_names(cursor):
        made[table] = {
            "columns": sorted(columns(cursor, table)),
            "rules": sorted(map(str, rules(cursor, table))),
        }
print(json.dumps(made))
"""


def made(home: dict[str, str]) -> dict[str, Any]:
    """The tables by name, with their columns and constraints."""
    found = json.loads(manage(home, "shell", "-c", AS_IT_IS_MADE).splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_an_empty_database_gets_the_tables_that_migrations_end_at(
    home: dict[str, str], new_home: dict[str, str]
) -> None:
    migrated, at_once = made(home), made(new_home)
    assert sorted(migrated) == sorted(at_once)
    assert {name: at_once[name] for name in migrated} == migrated
    plan = manage(new_home, "showmigrations", "--plan")
    assert "[X]" in plan
    assert "[ ]" not in plan


def test_an_upgrade_keeps_who_is_reached_who_is_on_call_and_who_is_next(
    home: dict[str, str],
) -> None:
    found = json.loads(manage(home, "shell", "-c", AS_IT_IS).splitlines()[-1])
    assert found["rules"] == [
        ["olivia", "high", "Mail", 0],
        ["olivia", "high", "Later", 5],
        ["olivia", "low", "Mail", 0],
    ]
    assert found["on_call"][0] == "max"
    assert "A swap" in found["on_call"][1]
    assert found["turns"] == ["olivia", "max"]
    over = [step for step in found["steps"] if step[0] == "Over"]
    assert over == [["Over", 1, "done", "Olivia: she"], ["Over", 2, "cancelled", ""]]
    going_on = [step[1:3] for step in found["steps"] if step[0] == "Goes on"]
    # The managers' step was due when the new code came, so it was taken, and the next is due.
    assert going_on == [[1, "done"], [2, "done"], [3, "due"]]
    assert found["paged"] == ["max"]
