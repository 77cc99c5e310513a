"""
An empty database gets its tables as they are now, at once; migrations are for what has rows.

To go through every migration takes minutes and ends at the same tables, which
tests/deploy/test_upgrade.py shows. What migrations write into rows finds none here; what they
install besides tables, the guard of the events, is installed here as well.
"""

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from portal import audit_guard


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    return not connection.introspection.table_names()


def make_tables(connection: BaseDatabaseWrapper) -> None:
    """Make all tables, and note every migration as done, in one transaction."""
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    recorder = MigrationRecorder(connection)
    done = MigrationLoader(connection).disk_migrations
    models: list[type[Model]] = [recorder.Migration, *apps.get_models()]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for app, name in sorted(done):
            recorder.migration_qs.create(app=app, name=name)
    audit_guard.install(connection)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
