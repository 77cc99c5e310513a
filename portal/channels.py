"""The ways out of the house to a person: e-mail through Django, all else through Apprise."""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from portal.models import ContactKind, Notification

log = logging.getLogger(__name__)

# Apprise can also run programs, write files and call any address at all; only what talks to
# a service that it knows may be used.
FORBIDDEN_SCHEMES = {
    *("dbus", "file", "gnome", "macosx", "qt", "syslog", "windows", "glib", "kde"),
    *("json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"),
}


class NotDelivered(Exception):
    """The channel did not take the message; the text says why, without secrets."""


def deliver(notification: Notification, *, late_by: str = "") -> str:
    """Send one message now; return the channel's name, or raise `NotDelivered`."""
    subject = f"[{late_by}] {notification.subject}" if late_by else notification.subject
    contact = notification.contact
    if contact is None or contact.kind == ContactKind.EMAIL:
        address = contact.destination if contact else notification.person.email
        _mail(notification, address, subject)
        return "email"
    _through_apprise(notification, contact.destination, subject)
    return "apprise"


def _mail(notification: Notification, address: str, subject: str) -> None:
    link = absolute(notification.url)
    text = f"{notification.body}\n\n{link}\n" if link else f"{notification.body}\n"
    one_line = " ".join(subject.split())
    message = EmailMultiAlternatives(
        one_line,
        text,
        to=[address],
        headers={
            "Message-ID": f"<{notification.idempotency_key}@{_host()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    context = {"notification": notification, "link": link, "subject": one_line}
    message.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    try:
        message.send()
    except Exception as error:  # smtplib and sockets raise many kinds
        raise NotDelivered(f"{type(error).__name__}: {error}") from error


def _through_apprise(notification: Notification, destination: str, subject: str) -> None:
    sender = _apprise().Apprise()
    scheme = destination.partition("://")[0].lower()
    if scheme in FORBIDDEN_SCHEMES or not sender.add(destination):
        raise NotDelivered("The contact's address is not one that Apprise understands.")
    link = absolute(notification.url)
    body = f"{notification.body}\n{link}" if link else notification.body
    if not sender.notify(title=subject, body=body or subject):
        raise NotDelivered("The service did not take the message.")


def is_understood(destination: str) -> bool:
    """Whether Apprise knows what to do with this address."""
    scheme = destination.partition("://")[0].lower()
    return scheme not in FORBIDDEN_SCHEMES and bool(_apprise().Apprise().add(destination))


@cache
def _apprise() -> Any:
    # Loading all of its services takes seconds and memory: only who sends pays for it.
    import apprise  # noqa: PLC0415

    return apprise


def absolute(path: str) -> str:
    """Return the address of a path of ours, as a message outside needs it."""
    return f"{settings.SITE_URL}{path}" if path.startswith("/") else path


def _host() -> str:
    return str(settings.SITE_URL).partition("://")[2].partition(":")[0] or "localhost"
