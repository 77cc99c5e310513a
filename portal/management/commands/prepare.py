"""Bring the database and the static files up to the code; what is up to date is left alone."""

import hashlib
import json
from argparse import BooleanOptionalAction
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.first_tables import is_empty, make_tables
from portal.floors import floors
from portal.models import User
from portal.static_files import StaticFiles

# The API is shown by Swagger UI; its package brings ReDoc too, which takes as long to
# compress as all the rest.
NEVER_SERVED = ["redoc"]


class Command(BaseCommand):
    help = (
        "Migrate the database, make the cache table, seed what every installation starts "
        "with, and collect the static files. Safe to run at every start: it skips what is up "
        "to date, and never overwrites what somebody edited."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo",
            action=BooleanOptionalAction,
            default=False,
            help="fill an empty installation with demo people and three months of history",
        )

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        stamps = Stamps(Path(settings.DATA_DIR) / "prepared.json")
        migrated = self._migrate()
        call_command("createcachetable", verbosity=0)
        code = code_stamp()
        if migrated or stamps.get("seeds") != code:
            call_command("seed", stdout=self.stdout)
            stamps.put("seeds", code)
        if not settings.DEBUG:
            self._collect(stamps)
        if demo and not User.objects.exists():
            call_command("demo", "load", stdout=self.stdout)

    def _migrate(self) -> int:
        """Bring the tables up to date; return how many steps that took."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # a large table takes longer than a page may
                cursor.execute("SET statement_timeout = 0")
        if is_empty(connection):
            self.stdout.write("Making the tables.")
            make_tables(connection)
            return 1
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            self.stdout.write(f"Migrating the database: {missing} steps.")
            call_command("migrate", verbosity=0, interactive=False)
        return missing

    def _collect(self, stamps: "Stamps") -> None:
        root = Path(settings.STATIC_ROOT)
        wanted = static_stamp()
        if stamps.get("static") == wanted and (root / "staticfiles.json").exists():
            return
        self.stdout.write("Collecting the static files.")
        command = collectstatic.Command()
        # The settings name this storage only once its manifest is there.
        command.storage = StaticFiles()
        call_command(command, verbosity=0, interactive=False, ignore_patterns=[*NEVER_SERVED])
        stamps.put("static", wanted)


class Stamps:
    """What was prepared last, and for which database; kept in a small file beside the data."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        here = {"database": f"{connection.vendor} {connection.settings_dict['NAME']}"}
        self._stamps: dict[str, str] = known if here.items() <= known.items() else here

    def get(self, name: str) -> str | None:
        return self._stamps.get(name)

    def put(self, name: str, stamp: str) -> None:
        self._stamps[name] = stamp
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(self._stamps))
        written.replace(self._path)


def code_stamp() -> str:
    """A digest that changes with our Python code and the locked packages."""
    files = [path for app in floors() for path in Path(app.path).rglob("*.py")]
    return _digest([settings.BASE_DIR / "requirements.lock", *files])


def static_stamp() -> str:
    """A digest that changes with any static file, ours or a package's."""
    return _digest(_static_files())


def _static_files() -> Iterator[Path]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield Path(storage.path(path))


def _digest(files: list[Path] | Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.exists():
            state = path.stat()
            digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
