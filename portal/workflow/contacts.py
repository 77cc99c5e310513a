"""How a person wants to be reached; only they and administrators change it."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, events, limits
from portal.channels import is_understood
from portal.errors import refuse
from portal.hints import later
from portal.models import ContactKind, ContactMethod, Notification, Urgency, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields, wrong

MOST_CONTACTS = 10
TESTS = 5  # within the window
TESTS_WINDOW = 10 * 60  # seconds


@transaction.atomic
def add_contact(
    person: User, *, kind: str, destination: str, actor: User | None, **fields: Any
) -> ContactMethod:
    """Add a way to reach the person; the address must be one that we can send to."""
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
    events.record("contact.added", contact, actor=actor)
    return contact


@transaction.atomic
def change_contact(
    contact: ContactMethod, *, actor: User | None, **fields: Any
) -> ContactMethod:
    """Change the label, the urgencies or the delay; another address is another contact."""
    row = locked(contact)
    if changed := set_fields(row, fields, actor=actor):
        events.record("contact.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def remove_contact(contact: ContactMethod, *, actor: User | None) -> None:
    events.record("contact.removed", contact, actor=actor)
    delete_as(contact, actor)


@transaction.atomic
def send_test(contact: ContactMethod, *, actor: User) -> Notification:
    """Owe a test message through this contact alone; its outcome shows in the log."""
    if limits.count("contact-test", str(contact.person_id), window=TESTS_WINDOW) > TESTS:
        raise refuse(
            "too_many_tests",
            _("There were %(most)d test messages within ten minutes.") % {"most": TESTS},
            _("Wait a little."),
        )
    now = clock.now()
    test = Notification.objects.create(
        person=contact.person,
        contact=contact,
        urgency=Urgency.HIGH,
        kind="test",
        subject=_("Test message from Evenkeel"),
        body=_("%(name)s, this way of reaching you works.") % {"name": contact.person.name},
        url="/me/notifications/",
        idempotency_key=secrets.token_hex(32),
        in_inbox=False,
        due_at=now,
        wanted_at=now,
    )
    later("portal.send_notification", test.pk)
    events.record("contact.tested", contact, actor=actor)
    return test


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
    where = contact.destination
    if contact.kind == ContactKind.EMAIL:
        name, _at, domain = where.partition("@")
        return f"{name[:1]}…@{domain}"
    scheme, _colon, _rest = where.partition("://")
    return f"{scheme}://…"
