"""
The short way in for a call that shows a good key: one statement looks it up and keeps the call.

Whether the key opens this door is asked in the same statement that keeps the call, so that a
key which was replaced a moment ago keeps nothing. Written out, since composing it would cost
as much as running it. Everything else about a call is told by `workflow.intake`.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection

from operations.models import Integration, Receipt
from operations.workflow.intake import receipt_of
from portal.crypto import secret_hash
from portal.hints import later

FIELDS = [field for field in Receipt._meta.concrete_fields if not field.primary_key]


def accept_by(
    key: str,
    kind: str,
    body: bytes,
    content_type: str,
    *,
    call: str = "",
    headers: dict[str, str] | None = None,
) -> uuid.UUID | None:
    """
    Keep one call as it came and return its number; None if the key does not open this door.

    Its commit is what the sender is promised.
    """
    receipt = receipt_of(body, content_type, call=call, headers=headers)
    said = [
        field.get_db_prep_save(getattr(receipt, field.attname), connection)
        for field in FIELDS
        if field.name != "integration"
    ]
    if not _keep([*said, secret_hash(key), kind]):
        return None
    later("operations.read_receipts")
    return receipt.public_id


def _keep(said: list[Any]) -> bool:
    """
    Run the statement, and once more if the connection was found dead.

    That is cheaper than asking beforehand whether it lives. The second time the receipt's
    number is there already if the first was committed and only its answer lost.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # of PostgreSQL's wrapper
    try:
        return _run(said)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
    try:
        return _run(said)
    except IntegrityError:
        return True


def _run(said: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_statement(), said)
        return bool(cursor.rowcount)


@cache
def _statement() -> str:
    """No word of it comes from outside: the names are those of the two models."""

    def quoted(name: str | None) -> str:
        return str(connection.ops.quote_name(name or ""))

    columns = ", ".join(quoted(field.column) for field in FIELDS)
    values = ", ".join("i.id" if each.name == "integration" else "%s" for each in FIELDS)
    receipts, integrations = (quoted(model._meta.db_table) for model in (Receipt, Integration))
    return (
        f"INSERT INTO {receipts} ({columns}) SELECT {values} FROM {integrations} AS i "  # noqa: S608
        "WHERE i.key_hash = %s AND i.kind = %s AND i.is_active"
    )
