"""The one way in which verbs save: read under the lock, checked, named, attributed."""

from itertools import chain, count
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.models import Service, Team, Tracked, User

Row = TypeVar("Row", bound=Tracked | User)

RESERVED = {"new"}  # stands in addresses where a slug would


def locked(row: Row) -> Row:
    """Return the row as it is now, locked until the transaction ends."""
    model: Any = row.__class__  # not type(): a request's person is a lazy object
    fresh: Row = model._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    return fresh


def set_fields(row: Row, fields: dict[str, Any], *, actor: User | None) -> list[str]:
    """
    Write those fields that differ, checked by the model; return their names.

    Raises Django's `ValidationError` with every field that is wrong.
    """
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    if changed:
        for name in changed:
            setattr(row, name, fields[name])
        check(row)
        row.changed_by = actor
        row.save(update_fields=changed)
    return changed


def add(row: Row, *, actor: User | None) -> Row:
    """Insert a new row that the model finds right."""
    check(row)
    row.changed_by = actor
    row.save()
    return row


def free_slug(model: type[Team] | type[Service], name: str) -> str:
    """Return a slug for `name` that no other row of `model` has."""
    wanted = slugify(name)[:40] or model._meta.model_name or "x"
    taken = set(
        model._default_manager.filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(slug for slug in chain([wanted], numbered) if slug not in taken | RESERVED)


def check(row: Tracked | User) -> None:
    """Ask the model whether the row is right, but for conditions that the database holds."""
    row.full_clean(exclude=["password"])
    if getattr(row, "slug", "") in RESERVED:
        raise wrong("slug", _("This word has another meaning in addresses."), "reserved")


def wrong(field: str, sentence: str, code: str = "invalid") -> ValidationError:
    """Return the error of one field, for forms and API alike."""
    return ValidationError({field: ValidationError(sentence, code)})
