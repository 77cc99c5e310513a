"""How a letter becomes a mail: text and simple HTML, with headers that no words can break."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from incidents.posting import Outcome
from portal.channels import MAILBOX_UNKNOWN


class Letter(NamedTuple):
    """What a mail says; `links` are (words, address) below the text."""

    subject: str
    heading: str
    facts: list[tuple[str, str]]
    text: str
    button: tuple[str, str] | None = None
    links: tuple[tuple[str, str], ...] = ()
    why: str = ""


def post(letter: Letter, address: str, *, headers: Mapping[str, str]) -> Outcome:
    """Send it now, as multipart text and HTML; never raises for what a server says."""
    message = EmailMultiAlternatives(
        one_line(letter.subject), plain(letter), to=[address], headers=dict(headers)
    )
    html = render_to_string("mail/letter.html", {"letter": letter})
    message.attach_alternative(html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        lasting = bool(codes) and all(code in MAILBOX_UNKNOWN for code in codes)
        return Outcome(f"The mail server refused the address: {codes}.", is_lasting=lasting)
    except Exception as error:  # smtplib and sockets raise many kinds
        return Outcome(f"{type(error).__name__}: {error}"[:500])
    return Outcome()


def plain(letter: Letter) -> str:
    """Return the letter as text."""
    parts = [letter.heading, *(f"{name}: {value}" for name, value in letter.facts)]
    parts += ["", letter.text.strip()]
    if letter.button:
        parts += ["", f"{letter.button[0]}:", letter.button[1]]
    if letter.why or letter.links:
        parts += ["", "-- ", letter.why]
        parts += [f"{words}: {address}" for words, address in letter.links]
    return "\n".join(parts).replace("\r\n", "\n") + "\n"


def one_line(words: str, length: int = 200) -> str:
    """Return words that may stand in a header."""
    return " ".join(words.split())[:length]


def message_id(name: str) -> str:
    """Return a Message-ID of ours; the same name gives the same one, at every attempt."""
    return f"<{name}@{host()}>"


def host() -> str:
    return str(settings.SITE_URL).partition("://")[2].partition("/")[0].partition(":")[0] or (
        "localhost"
    )
