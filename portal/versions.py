"""
Who may read the past versions of which records, and how two versions differ.

A record has a history page only if its app says who may look: `@readable("portal.service")`
above a function (user, pk) that returns the record or raises 404 or 403.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from portal.crypto import EncryptedTextField
from portal.models import User

Reader = Callable[[User, int], Model]
_readers: dict[str, Reader] = {}


class Change(NamedTuple):
    """One field of a version that differs from the version before."""

    field: str
    old: str
    new: str


def readable(label: str) -> Callable[[Reader], Reader]:
    """Give the records of this model a history page, for those whom the reader lets in."""

    def register(reader: Reader) -> Reader:
        _readers[label] = reader
        return reader

    return register


def record_for(user: User, label: str, pk: int) -> Model:
    """Return the record, 404 if it has no history page or the person may not know of it."""
    if label not in _readers:
        raise Http404
    return _readers[label](user, pk)


def versions_of(record: Model) -> QuerySet[Any]:
    """The versions of the record, the newest first."""
    history = type(record).history.filter(id=record.pk)  # type: ignore[attr-defined]  # every tracked record has one
    history = history.select_related("history_user").order_by("-history_id")
    versions: QuerySet[Any] = history._select_related_history_tracked_objs()
    return versions


def described(versions: list[Any], older: Any | None) -> Iterator[dict[str, Any]]:
    """
    Yield `{"at", "who", "kind", "reason", "changes": [Change]}` for versions, newest first.

    `older` is the version before the last of them, if there is one.
    """
    kinds = {"+": _("Created"), "~": _("Changed"), "-": _("Deleted")}
    for version, before in zip(versions, [*versions[1:], older], strict=True):
        yield {
            "at": version.history_date,
            "who": version.history_user,
            "kind": kinds[version.history_type],
            "reason": version.history_change_reason or "",
            "changes": list(_changes(version, before)) if before else [],
        }


def _changes(version: Any, before: Any) -> Iterator[Change]:
    for field in version.tracked_fields:
        old, new = (getattr(row, field.attname) for row in (before, version))
        if old == new:
            continue
        if isinstance(field, EncryptedTextField):
            yield Change(_name_of(field), _("hidden"), _("hidden, changed"))
        else:
            yield Change(_name_of(field), _shown(field, before), _shown(field, version))


def _name_of(field: Any) -> str:
    return str(field.verbose_name).capitalize()


def _shown(field: Any, version: Any) -> str:
    """Return the value in words: a choice by its label, a reference by its number or name."""
    value = getattr(version, field.attname)
    if value is None or value == "":
        return _("nothing")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if not field.is_relation:
        return str(value)
    try:
        return str(getattr(version, field.name))
    except ObjectDoesNotExist:
        return f"#{value}"
