"""
Triggers that make the event log append-only inside the database itself.

They let the sealer fill `position` and `seal` once and let demo events be removed; every
other UPDATE or DELETE fails, whoever sends it.
"""

from typing import Any

WRITTEN_ONCE = (
    *("id", "kind", "content_type_id", "object_id", "subject_label", "service_id"),
    *("actor_id", "actor_label", "data", "happened_at", "recorded_at", "is_demo"),
)

_SQLITE = {
    "event_written_once": f"""
        CREATE TRIGGER event_written_once BEFORE UPDATE OF {", ".join(WRITTEN_ONCE)}
        ON portal_event BEGIN SELECT RAISE(ABORT, 'events are never edited'); END""",
    "event_sealed_once": """
        CREATE TRIGGER event_sealed_once BEFORE UPDATE OF position, seal ON portal_event
        WHEN OLD.position IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'events are sealed once'); END""",
    "event_never_deleted": """
        CREATE TRIGGER event_never_deleted BEFORE DELETE ON portal_event
        WHEN OLD.is_demo = 0
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END""",
}

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION portal_event_guard() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.is_demo THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'events are never deleted';
    END IF;
    IF OLD.position IS NOT NULL
       OR ({", ".join(f"OLD.{name}" for name in WRITTEN_ONCE)})
          IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in WRITTEN_ONCE)}) THEN
        RAISE EXCEPTION 'events are never edited';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON portal_event
    FOR EACH ROW EXECUTE FUNCTION portal_event_guard();
"""


def install(connection: Any) -> None:
    """Put the guard on the event table of this connection's database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
            return
        remove(connection)
        for statement in _SQLITE.values():
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Take the guard away, as a migration does that rebuilds the table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER IF EXISTS event_append_only ON portal_event")
            return
        for name in _SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
