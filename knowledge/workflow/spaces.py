"""Spaces: begun, ruled, emptied and put away."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from knowledge.models import FIRST_SPACE, Space, SpaceGrant
from portal import clock, events
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.models import Team, User
from portal.models.tracked import delete_as

RULES = ("description", "team", "reading", "writing", "reviewing", "approvals_needed")


class Grant(NamedTuple):
    """What somebody or a team is to be allowed."""

    to: User | Team
    may: str


@transaction.atomic
def create_space(*, name: str, actor: User | None, **rules: Any) -> Space:
    """Begin a space; `rules` are fields of `RULES`."""
    space = Space(name=name, slug=_free_slug(name), **_known(rules))
    _save(space, actor)
    events.record("space.created", space, actor=actor, reading=space.reading)
    return space


@transaction.atomic
def change_space(space: Space, *, actor: User | None, **changes: Any) -> Space:
    """Change its name or its rules; what is not said stays."""
    locked = _locked(space)
    _refuse_if_archived(locked)
    said = {**_known({key: value for key, value in changes.items() if key != "name"})}
    if "name" in changes:
        said["name"] = changes["name"]
    changed = {key: value for key, value in said.items() if getattr(locked, key) != value}
    if not changed:
        return locked
    for key, value in changed.items():
        setattr(locked, key, value)
    _save(locked, actor, list(changed))
    events.record("space.changed", locked, actor=actor, fields=sorted(changed))
    return locked


@transaction.atomic
def grant(space: Space, wanted: Grant, *, actor: User | None) -> SpaceGrant:
    """Let a team or a person read, write or manage; it replaces an older grant."""
    locked = _locked(space)
    _refuse_if_archived(locked)
    to: dict[str, Any] = (
        {"person": wanted.to} if isinstance(wanted.to, User) else {"team": wanted.to}
    )
    row = locked.grants.filter(**to).first() or SpaceGrant(space=locked, **to)
    if row.pk and row.may == wanted.may:
        return row
    row.may = wanted.may
    row.changed_by = actor
    row.save()
    events.record("space.granted", locked, actor=actor, to=str(wanted.to), may=row.may)
    return row


@transaction.atomic
def take_back(space: Space, pk: int, *, actor: User | None) -> None:
    """Take a grant away; one that is not there any more is as good as taken away."""
    locked = _locked(space)
    row = locked.grants.select_related("team", "person").filter(pk=pk).first()
    if row is None:
        return
    events.record("space.taken_back", locked, actor=actor, to=str(row.team or row.person))
    delete_as(row, actor)


@transaction.atomic
def archive_space(space: Space, *, actor: User | None) -> Space:
    """Put an empty space away."""
    locked = _locked(space)
    if reasons := why_not_archive(locked):
        raise TransitionNotAllowed(reasons)
    locked.archived_at = clock.now()
    _save(locked, actor, ["archived_at"])
    events.record("space.archived", locked, actor=actor)
    return locked


@transaction.atomic
def bring_space_back(space: Space, *, actor: User | None) -> Space:
    locked = _locked(space)
    if locked.archived_at is None:
        raise refuse("not_archived", _("This space is not archived."))
    locked.archived_at = None
    _save(locked, actor, ["archived_at"])
    events.record("space.brought_back", locked, actor=actor)
    return locked


def why_not_archive(space: Space) -> list[Refusal]:
    if space.archived_at:
        return [_archived()]
    reasons = []
    if space.slug == FIRST_SPACE:
        sentence = _("What nobody puts elsewhere lies here; this space is always needed.")
        reasons.append(Refusal("first_space", sentence))
    count = space.documents.filter(archived_at=None).count()
    if count:
        sentence = _("Documents still lie here: %(n)d.")
        remedy = _("Move or archive them first.")
        reasons.append(Refusal("space_not_empty", sentence % {"n": count}, remedy))
    return reasons


def _locked(space: Space) -> Space:
    return Space.objects.select_for_update().get(pk=space.pk)


def _refuse_if_archived(space: Space) -> None:
    if space.archived_at:
        raise TransitionNotAllowed([_archived()])


def _archived() -> Refusal:
    return Refusal("space_archived", _("This space is archived."))


def _known(rules: dict[str, Any]) -> dict[str, Any]:
    unknown = set(rules) - set(RULES)
    assert not unknown, unknown
    return rules


def _save(space: Space, actor: User | None, fields: Iterable[str] | None = None) -> None:
    space.changed_by = actor
    try:
        with transaction.atomic():
            space.save(update_fields=fields)
    except IntegrityError:
        raise _taken() from None


def _taken() -> DomainError:
    return refuse(
        "space_name_taken", _("Another space has this name."), _("Choose another one.")
    )


def _free_slug(name: str) -> str:
    wanted = slugify(name)[:50] or "space"
    taken = {
        "new",
        *Space.objects.filter(slug__startswith=wanted).values_list("slug", flat=True),
    }
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
