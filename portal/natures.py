"""
What an address is, seen from its reader and from its provider.

Its nature says how loud it is, and so how many messages a reader bears; its lane says who
carries it, so that a provider that hangs delays nobody else's messages.
"""

import re
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings

from portal.models import ChannelKind, ContactKind

WINDOW = timedelta(minutes=15)


class Nature(StrEnum):
    """How a message arrives, from the loudest to the quietest; a program bears them all."""

    VOICE = "voice"
    SMS = "sms"
    CHAT = "chat"
    MAIL = "mail"
    PROGRAM = "program"


# Messages within the window, to one reader by one way; more become one that names them.
MOST_WITHIN_WINDOW: dict[Nature, int] = {
    Nature.VOICE: 3,
    Nature.SMS: 5,
    Nature.CHAT: 10,
    Nature.MAIL: 20,
}
SMS_SCHEMES = {
    *("46elks", "elks", "eight00com", "atalk", "bulksms", "bulkvs", "burstsms", "kudosity"),
    *("clickatell", "clicksend", "cm", "d7sms", "exotel", "freemobile", "gupshup", "httpsms"),
    *("infobip", "kaleyra", "kavenegar", "klr", "mobilemessage", "mobilemsg", "msg91"),
    *("msgbird", "nexmo", "notifyre", "octopush", "plivo", "ringc", "serwersms", "seven"),
    *("sfr", "sinch", "smsc", "smseagle", "smseagles", "smsmanager", "smsmgr", "smstunnel"),
    *("sns", "telesign", "telnyx", "threema", "twilio", "voipms", "vonage"),
}
VOICE_HINTS = ("method=call", "mode=call", "mode=voice")
TELEPHONE = re.compile(r"\+?\d{7,15}")
HIDDEN = "…"


def scheme_of(destination: str) -> str:
    return destination.partition("://")[0].lower()


def nature_of(kind: str, destination: str) -> Nature:
    """Return how loud an address is, by its kind and the scheme it begins with."""
    if kind == ContactKind.EMAIL:
        return Nature.MAIL
    if kind == ChannelKind.WEBHOOK:
        return Nature.PROGRAM
    scheme = scheme_of(destination)
    if scheme in {"mailto", "mailtos"}:
        return Nature.MAIL
    if scheme not in SMS_SCHEMES:
        return Nature.CHAT
    calls = any(hint in destination.lower() for hint in VOICE_HINTS)
    return Nature.VOICE if calls else Nature.SMS


def lane_of(kind: str, destination: str) -> str:
    """Return the name of the provider, such as `apprise:slack`; never a secret part."""
    if kind == ChannelKind.WEBHOOK:
        return f"webhook:{urlsplit(destination).hostname or ''}"[:100]
    if kind == ContactKind.EMAIL:
        return mail_lane()
    return f"apprise:{scheme_of(destination)}"[:100]


def mail_lane() -> str:
    return f"email:{settings.EMAIL_HOST}"[:100]


def mask(kind: str, destination: str) -> str:
    """Return the address so that its owner knows it again and nobody else can use it."""
    if kind == ContactKind.EMAIL:
        name, _at, domain = destination.partition("@")
        return f"{name[:1]}{HIDDEN}@{domain}"
    if kind == ChannelKind.WEBHOOK:
        return f"https://{urlsplit(destination).hostname or ''}/{HIDDEN}"
    last = destination.partition("?")[0].rstrip("/").rpartition("/")[2]
    end = last[-4:] if TELEPHONE.fullmatch(last) else ""
    return f"{scheme_of(destination)}://{HIDDEN}{end}"
