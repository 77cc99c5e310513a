"""The ways by which a person is reached; only they and administrators change them."""

import secrets
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, events, limits, notify, reach
from portal.channels import is_understood
from portal.codes import is_right
from portal.errors import refuse
from portal.hints import later
from portal.models import (
    ContactKind,
    ContactMethod,
    Notification,
    NotificationRule,
    Urgency,
    User,
)
from portal.models.tracked import delete_as
from portal.natures import mask
from portal.workflow.saving import add, locked, set_fields, wrong

MOST_CONTACTS = 10
TESTS = 5  # within the window
TESTS_WINDOW = 10 * 60  # seconds
CODE_LIVES = timedelta(hours=1)
GUESSES = 5  # within the window, for one way


@transaction.atomic
def add_contact(
    person: User,
    *,
    kind: str,
    destination: str,
    actor: User | None,
    for_high: bool = True,
    for_low: bool = False,
    after_minutes: int = 0,
    **fields: Any,
) -> ContactMethod:
    """
    Add a way to reach the person; the address must be one that we can send to.

    With `for_high` and `for_low` it also becomes a step of the chain for that urgency.
    """
    locked(person)
    if ContactMethod.objects.filter(person=person).count() >= MOST_CONTACTS:
        raise refuse(
            "too_many_contacts",
            _("There are %(most)d ways to reach this person already.")
            % {"most": MOST_CONTACTS},
            _("Remove one first."),
        )
    destination = destination.strip()
    check_destination(kind, destination)
    contact = ContactMethod(person=person, kind=kind, destination=destination, **fields)
    add(contact, actor=actor)
    for urgency, wanted in ((Urgency.HIGH, for_high), (Urgency.LOW, for_low)):
        if wanted:
            rule = NotificationRule(
                person=person, urgency=urgency, contact=contact, after_minutes=after_minutes
            )
            add(rule, actor=actor)
    events.record("contact.added", contact, actor=actor)
    return contact


@transaction.atomic
def change_contact(
    contact: ContactMethod, *, actor: User | None, **fields: Any
) -> ContactMethod:
    """Change the label; another address is another way."""
    row = locked(contact)
    if changed := set_fields(row, fields, actor=actor):
        events.record("contact.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def remove_contact(contact: ContactMethod, *, actor: User | None) -> None:
    """Remove the way, and with it the steps of the chains that used it."""
    events.record("contact.removed", contact, actor=actor)
    delete_as(contact, actor)


@transaction.atomic
def send_test(contact: ContactMethod, *, actor: User) -> Notification:
    """
    Owe a test message through this way alone; its outcome shows in the log.

    It carries a new code, and whoever enters that proves that the way works.
    """
    if limits.count("contact-test", str(contact.person_id), window=TESTS_WINDOW) > TESTS:
        raise refuse(
            "too_many_tests",
            _("There were %(most)d test messages within ten minutes.") % {"most": TESTS},
            _("Wait a little."),
        )
    now = clock.now()
    row = locked(contact)
    row.code_nonce, row.code_ends_at = secrets.token_hex(16), now + CODE_LIVES
    row.changed_by = actor
    row.save(update_fields=["code_nonce", "code_ends_at"])
    test = Notification.objects.create(
        person=row.person,
        contact=row,
        urgency=Urgency.HIGH,
        kind="test",
        lane=reach.way_by(row.person, row, timedelta(0)).lane,
        subject=_("Test message from Evenkeel"),
        body=_("%(name)s, this way of reaching you works.") % {"name": row.person.name},
        url=f"/me/notifications/{row.pk}/verify/",
        idempotency_key=secrets.token_hex(32),
        occasion=secrets.token_hex(32),
        in_inbox=False,
        due_at=now,
        wanted_at=now,
    )
    later("portal.send_notification", test.pk)
    events.record("contact.tested", row, actor=actor)
    return test


def verify(contact: ContactMethod, *, code: str, actor: User) -> ContactMethod:
    """
    Note that the way works: the person entered the code that a message by it had told them.

    Raises `ValidationError` on `code` for a wrong one. A code works once, within an hour.
    """
    if limits.count("contact-code", str(contact.pk), window=TESTS_WINDOW) > GUESSES:
        raise refuse(
            "too_many_codes",
            _("There were %(most)d wrong codes within ten minutes.") % {"most": GUESSES},
            _("Wait a little, then send a new test message."),
        )
    return _verify(contact, code, actor)


@transaction.atomic
def _verify(contact: ContactMethod, code: str, actor: User) -> ContactMethod:
    row = locked(contact)
    if row.code_ends_at is None or row.code_ends_at < clock.now() or not row.code_nonce:
        raise wrong("code", _("No code is open any more. Send a new test message."), "ended")
    if not is_right(row, code):
        raise wrong("code", _("This is not the code of the newest test message."), "wrong")
    proved = {
        "verified_at": clock.now(),
        "code_nonce": "",
        "is_broken": False,
        "broken_reason": "",
    }
    set_fields(row, proved, actor=actor)
    events.record("contact.verified", row, actor=actor, person_id=row.person_id)
    return row


@transaction.atomic
def note_broken(contact: ContactMethod, reason: str) -> ContactMethod:
    """Mark a way that nothing passes through any more, and tell its owner by another."""
    row = ContactMethod.objects.select_for_update(of=("self",)).filter(pk=contact.pk).first()
    if row is None or row.is_broken:
        return contact
    set_fields(row, {"is_broken": True, "broken_reason": reason[:300]}, actor=None)
    event = events.record("contact.broken", row, actor=None, reason=reason[:300])
    notify.tell_of_broken_way(
        row,
        key=f"contact broken {event.pk}",
        subject=_("“%(label)s” does not reach you any more") % {"label": row.label},
        body=_(
            "Messages to %(way)s are not taken: %(reason)s Until it works again, what may "
            "wake you is sent by your other ways too."
        )
        % {"way": masked(row), "reason": reason},
        url="/me/notifications/",
    )
    return row


@transaction.atomic
def note_working(contact: ContactMethod) -> ContactMethod:
    """Take the mark away: a message passed through."""
    row = ContactMethod.objects.select_for_update(of=("self",)).filter(pk=contact.pk).first()
    if row is None or not row.is_broken:
        return contact
    set_fields(row, {"is_broken": False, "broken_reason": ""}, actor=None)
    events.record("contact.mended", row, actor=None)
    return row


def check_destination(kind: str, destination: str) -> None:
    """Raise `ValidationError` on `destination` if nothing could be sent there."""
    if kind == ContactKind.EMAIL:
        try:
            validate_email(destination)
        except ValidationError as error:
            raise wrong("destination", str(error.message), "invalid") from error
    elif not is_understood(destination):
        raise wrong(
            "destination",
            _("Apprise does not know this kind of address. Begin it as in “slack://”."),
            "not_understood",
        )


def masked(contact: ContactMethod) -> str:
    """Return the address so that its owner knows it again and nobody can use it."""
    return mask(contact.kind, contact.destination)
