"""People come, change, leave and come back; they are never deleted."""

import secrets
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Access, ApiToken, User
from portal.workflow.saving import check, locked, set_fields

# Without letters and digits that look alike: it is read aloud and typed by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def invite(
    *, email: str, name: str, access: Access, actor: User | None, **fields: Any
) -> tuple[User, str]:
    """Make a person and a one-time password, which is shown to the caller and not kept."""
    password = one_time_password()
    person = _make(email=email, name=name, access=access, **fields)
    person.set_password(password)
    person.must_change_password = True
    person.changed_by = actor
    person.save()
    events.record("person.invited", person, actor=actor, access=access)
    return person, password


@transaction.atomic
def change_profile(person: User, *, actor: User | None, **fields: Any) -> User:
    """Change name, time zone, language or working hours."""
    row = locked(person)
    if changed := set_fields(row, fields, actor=actor):
        events.record("person.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def change_access(person: User, *, access: Access, actor: User | None) -> User:
    _lock_administrators()
    row = locked(person)
    before = row.access
    if before == Access.ADMINISTRATOR and access != Access.ADMINISTRATOR:
        _refuse_if_any(last_administrator(row))
    if set_fields(row, {"access": access}, actor=actor):
        moved: dict[str, Any] = {"from": before, "to": access}
        events.record("person.access_changed", row, actor=actor, **moved)
    return row


@transaction.atomic
def deactivate(person: User, *, actor: User | None) -> User:
    """Shut the person out at once: every session ends and every token is revoked."""
    _lock_administrators()
    row = locked(person)
    _refuse_if_any(why_not_deactivate(row, actor=actor))
    set_fields(row, {"is_active": False}, actor=actor)
    tokens = ApiToken.objects.filter(person=row, revoked_at=None)
    revoked = tokens.update(revoked_at=clock.now())
    events.record("person.deactivated", row, actor=actor, tokens_revoked=revoked)
    return row


@transaction.atomic
def reactivate(person: User, *, actor: User | None) -> User:
    """Let the person in again; revoked tokens stay revoked."""
    row = locked(person)
    if row.is_active:
        raise refuse("already_active", _("This person is active already."))
    set_fields(row, {"is_active": True}, actor=actor)
    events.record("person.reactivated", row, actor=actor)
    return row


@transaction.atomic
def give_password(person: User, *, actor: User | None) -> tuple[User, str]:
    """Replace a lost password by a one-time one; every session of the person ends."""
    row = locked(person)
    password = one_time_password()
    _set_password(row, password, must_change=True, actor=actor)
    events.record("person.password_given", row, actor=actor)
    return row, password


@transaction.atomic
def change_password(person: User, *, password: str, actor: User | None) -> User:
    """Set the password that the person chose; their other sessions end."""
    row = locked(person)
    validate_password(password, row)
    _set_password(row, password, must_change=False, actor=actor)
    events.record("person.password_changed", row, actor=actor)
    return row


def note_sign_in(person: User) -> None:
    events.record("person.signed_in", person, actor=person)


def why_not_deactivate(person: User, *, actor: User | None) -> list[Refusal]:
    """Return every reason why the person cannot be deactivated now."""
    if not person.is_active:
        return [Refusal("already_inactive", _("This person is not active."))]
    refusals = last_administrator(person)
    if person == actor:
        refusals.append(
            Refusal(
                "own_account",
                _("You cannot deactivate yourself."),
                _("Ask another administrator."),
            )
        )
    return refusals


def last_administrator(person: User) -> list[Refusal]:
    """Refuse where nobody would be left who can set the portal up."""
    administrators = User.objects.filter(access=Access.ADMINISTRATOR, is_active=True)
    if not person.is_administrator or administrators.exclude(pk=person.pk).exists():
        return []
    return [
        Refusal(
            "last_administrator",
            _("This is the only administrator."),
            _("Make another person administrator first."),
        )
    ]


def one_time_password() -> str:
    """Return a random password of about 79 bits, in four groups."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _lock_administrators() -> None:
    """Two administrators who shut each other out at once must take turns."""
    administrators = User.objects.filter(access=Access.ADMINISTRATOR)
    list(administrators.select_for_update().order_by("pk").values_list("pk"))


def _make(*, email: str, **fields: Any) -> User:
    person = User(email=email.strip().lower(), **fields)
    check(person)
    return person


def _set_password(row: User, password: str, *, must_change: bool, actor: User | None) -> None:
    row.set_password(password)
    row.must_change_password = must_change
    row.changed_by = actor
    row.save(update_fields=["password", "must_change_password"])


def _refuse_if_any(refusals: list[Refusal]) -> None:
    if refusals:
        raise TransitionNotAllowed(refusals)


def make_first_administrator(*, email: str, name: str, password: str) -> User:
    """Make the person who sets the portal up; the set-up verb asks whether there is one yet."""
    person = _make(email=email, name=name, access=Access.ADMINISTRATOR)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    person.set_password(password)
    person.changed_by = None
    person.save()
    events.record("person.invited", person, actor=None, access=Access.ADMINISTRATOR)
    return person
