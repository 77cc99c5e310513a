"""
The ways out of the house: e-mail through Django, signed calls through `portal.outgoing`, all
else through Apprise.
"""

import json
import logging
import smtplib
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from standardwebhooks import Webhook as Signer

from portal import clock, outgoing
from portal.codes import code_of
from portal.models import NULL_LANE, Channel, ChannelKind, ContactKind, Notification

log = logging.getLogger(__name__)

# Apprise can also run programs, write files and call any address at all; only what talks to
# a service that it knows may be used.
FORBIDDEN_SCHEMES = {
    *("dbus", "file", "gnome", "macosx", "qt", "syslog", "windows", "glib", "kde"),
    *("json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"),
}
GONE = {404, 410}  # what a webhook answers that is there no more
MAILBOX_UNKNOWN = range(550, 560)  # RFC 5321, 4.2.3: the mailbox is not there, or refuses
LONGEST_RETRY_AFTER = timedelta(hours=1)


class NotDelivered(Exception):
    """
    The channel did not take the message; the text says why, without secrets.

    `is_lasting` says that trying again will hardly help; `retry_after` is what the other
    side asked for.
    """

    def __init__(
        self,
        text: str,
        *,
        is_lasting: bool = False,
        retry_after: timedelta = timedelta(0),
    ) -> None:
        self.is_lasting = is_lasting
        self.retry_after = retry_after
        super().__init__(text)


def deliver(notification: Notification, *, late_by: str = "") -> str:
    """Send one message now; return the channel's name, or raise `NotDelivered`."""
    if notification.lane == NULL_LANE:
        return NULL_LANE
    subject = f"[{late_by}] {notification.subject}" if late_by else notification.subject
    kind, destination = where(notification)
    if kind == ContactKind.EMAIL:
        _mail(notification, destination, subject)
    elif kind == ChannelKind.WEBHOOK:
        _call(notification, destination)
    else:
        _through_apprise(notification, destination, subject)
    return kind


def where(notification: Notification) -> tuple[str, str]:
    """Return the kind and the address that a message goes to."""
    to = notification.channel or notification.contact
    if to is not None:
        return to.kind, to.destination
    assert notification.person is not None
    return ContactKind.EMAIL.value, notification.person.email


def _body(notification: Notification) -> str:
    """Return the text; a test message by a person's way carries the code of this moment."""
    contact = notification.contact
    if notification.kind != "test" or contact is None or not code_of(contact):
        return notification.body
    told = _("Your code is %(code)s. Enter it at the address below.")
    return f"{notification.body} {told % {'code': code_of(contact)}}"


def _mail(notification: Notification, address: str, subject: str) -> None:
    link, body = absolute(notification.url), _body(notification)
    text = f"{body}\n\n{link}\n" if link else f"{body}\n"
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
    context = {"notification": notification, "body": body, "link": link, "subject": one_line}
    message.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        lasting = bool(codes) and all(code in MAILBOX_UNKNOWN for code in codes)
        raise NotDelivered(
            f"The mail server refused the address: {codes}.", is_lasting=lasting
        ) from error
    except Exception as error:  # smtplib and sockets raise many kinds
        raise NotDelivered(f"{type(error).__name__}: {error}") from error


def _call(notification: Notification, url: str) -> None:
    """Call a webhook, signed as Standard Webhooks describes."""
    assert isinstance(notification.channel, Channel)
    now = clock.now()
    name = f"msg_{notification.idempotency_key}"
    body = json.dumps(payload(notification), sort_keys=True)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(notification.channel.secret).sign(name, now, body),
        "Idempotency-Key": name,
    }
    try:
        answer = outgoing.send("POST", url, headers=headers, content=body.encode())
    except outgoing.UrlRefused as error:
        raise NotDelivered(str(error), is_lasting=True) from error
    except outgoing.OutgoingError as error:
        raise NotDelivered(str(error)) from error
    if not 200 <= answer.status < 300:
        raise NotDelivered(
            f"It answered {answer.status}.",
            is_lasting=answer.status in GONE,
            retry_after=retry_after(answer),
        )


def payload(notification: Notification) -> dict[str, Any]:
    """
    Return what a channel's program is told.

    `{"type": "page", "timestamp", "data": {"subject", "body", "url", "topic", "severity"}}`,
    the shape that Standard Webhooks recommends; `severity` is a number from 0, or null.
    """
    return {
        "type": notification.kind,
        "timestamp": notification.created_at.isoformat(),
        "data": {
            "subject": notification.subject,
            "body": notification.body,
            "url": absolute(notification.url),
            "topic": notification.topic,
            "severity": notification.priority,
        },
    }


def retry_after(answer: outgoing.Answer) -> timedelta:
    """Return how long a busy service asks us to wait, an hour at most."""
    asked = answer.headers.get("retry-after", "").strip()
    if answer.status not in {429, 503} or not asked.isascii() or not asked.isdecimal():
        return timedelta(0)
    return min(timedelta(seconds=int(asked[:6])), LONGEST_RETRY_AFTER)


def _through_apprise(notification: Notification, destination: str, subject: str) -> None:
    sender = _apprise().Apprise()
    scheme = destination.partition("://")[0].lower()
    if scheme in FORBIDDEN_SCHEMES or not sender.add(destination):
        raise NotDelivered("The address is not one that Apprise understands.", is_lasting=True)
    link, text = absolute(notification.url), _body(notification)
    body = f"{text}\n{link}" if link else text
    if not sender.notify(title=subject, body=body or subject):
        raise NotDelivered("The service did not take the message.")


def send_short_message(destination: str, words: str) -> str:
    """Send these words by one Apprise address; return what went wrong, without secrets."""
    sender = _apprise().Apprise()
    scheme = destination.partition("://")[0].lower()
    if scheme in FORBIDDEN_SCHEMES or not sender.add(destination):
        return _("The SMS service's address is not one that Apprise understands.")
    return "" if sender.notify(body=words) else _("The service did not take the message.")


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
