"""
Does this code fit the database? Until it does, what claims rows must leave them alone.

A newer pager may be started before the migrations that it needs have run; what it would write
then is wrong or fails halfway. Intake and pages go on meanwhile (RELIABILITY R18).
"""

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def missing_migrations() -> list[str]:
    """Name what this code has and the database has not, such as `portal.0006_what`."""
    loader = MigrationLoader(connection)
    applied = loader.applied_migrations
    known = loader.disk_migrations or {}
    return sorted(
        f"{app}.{name}"
        for app, name in known.keys() - applied.keys()
        if not _is_replaced(loader, app, name)
    )


def _is_replaced(loader: MigrationLoader, app: str, name: str) -> bool:
    """A squashed migration counts as applied where those are that it stands for."""
    replaces = loader.disk_migrations[app, name].replaces
    return bool(replaces) and all(tuple(key) in loader.applied_migrations for key in replaces)
