"""
Reads e-mail that a mail server or a mail provider hands over: raw RFC 5322 text.

An alert is known by what stands after the “+” of the address; without that by its subject,
less the words that say how it stands, and then each mail is an occurrence of its own. The first
word of the subject that stands in one of the lists decides whether it begins or is over; a mail
without any begins. Rules have the shape

    {"open": [word], "resolve": [word], "ignore": [word], "severities": {word: 0..3}}
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.utils.translation import gettext as _

from operations.formats import made_up
from operations.formats.incoming import (
    Call,
    Incoming,
    Sample,
    Snippet,
    Told,
    Unreadable,
    fitting,
    wrong_shape,
)
from operations.models import Severity
from portal.strict import BAD_TEXT

DOOR = "/api/v1/alerts/email"
IS_KEYED = True
DEFAULT_RULES: dict[str, Any] = {
    "open": ["problem", "firing", "alert", "alarm", "down", "critical", "warning", "failed"],
    "resolve": ["resolved", "recovered", "recovery", "ok", "up", "cleared", "back to normal"],
    "ignore": [],
    "severities": {"critical": 1, "warning": 2},
}
SHAPE = {"open": [str], "resolve": [str], "ignore": [str], "severities": {str: int}}
LISTS = ("ignore", "resolve", "open")  # the first of two that begin at one place decides
ADDRESSED = ("X-Original-To", "Delivered-To", "X-Envelope-To", "Envelope-To", "To", "Cc")
# Where providers put the mail when they post a form.
PARTS = ("email", "body-mime", "message", "mime")
REPLY = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg)\s*:\s*)+", re.IGNORECASE)
SIGNS = re.compile(r"[\W_]+")
PLAUSIBLE = timedelta(days=1)  # between a mail's own date and its arrival
LONGEST_TEXT = 20_000  # characters of the body
MOST_WORDS = 100
ALIAS = """\
evenkeel: "|/usr/local/bin/to-evenkeel"
"""
SCRIPT = """\
#!/bin/sh
# Status 75 has the mail server try again later.
curl -sf --max-time 20 --data-binary @- -H 'Content-Type: message/rfc822' \\
  -H @/etc/evenkeel-key {url} || exit 75
"""
KEY_FILE = "Authorization: Bearer {key}\n"
BY_HAND = """\
printf 'To: alerts+disk-db1@example.com\\nSubject: PROBLEM: disk full\\n\\nAt 99%%.\\n' |
  curl --data-binary @- -H 'Content-Type: message/rfc822' \\
  -H 'Authorization: Bearer {key}' {url}
"""


def recipients(body: bytes, content_type: str) -> list[str]:
    """Return the addresses that a mail names, in lower case; those of the envelope first."""
    mail = _mail(body, content_type)
    said = [str(value) for name in ADDRESSED for value in mail.get_all(name, [])]
    return [address.lower() for _name, address in getaddresses(said) if "@" in address]


def mail_ids(body: bytes, content_type: str) -> list[UUID]:
    """Return the numbers of integrations that stand before the “+” of a recipient."""
    found = []
    for address in recipients(body, content_type):
        name = address.partition("@")[0].partition("+")[0]
        if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name):
            found.append(UUID(name))
    return found


def wrong_with(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with rules, by field; empty when they can be used."""
    if wrong := wrong_shape(rules, SHAPE):
        return wrong
    for name in LISTS:
        words = rules.get(name, [])
        if len(words) > MOST_WORDS or any(not 1 < len(word) <= 100 for word in words):
            wrong[name] = [_("At most 100 words, each of 2 to 100 characters.")]
    severities = rules.get("severities", {})
    if any(value not in Severity.values for value in severities.values()):
        wrong["severities"] = [_("Each word stands for one of the values that are offered.")]
    return wrong


def read(call: Call) -> Told:
    """Return what one mail tells. Raises `Unreadable` for what is no mail."""
    mail = _mail(call.body, call.content_type)
    subject = _clean(mail.get("Subject", ""))
    if not mail.keys() or not (subject or mail.get("From")):
        raise Unreadable(_("This is no e-mail: it has neither a sender nor a subject."))
    rules = call.rules or DEFAULT_RULES
    is_answer = str(mail.get("Auto-Submitted", "no")).lower().startswith("auto-replied")
    said = _first_of(subject, {name: rules.get(name, []) for name in LISTS})
    if is_answer or said == "ignore":
        return Told()
    return Told([_incoming(call, mail, subject, rules, is_firing=said != "resolve")])


def set_up(url: str, key: str) -> list[Snippet]:
    url += DOOR
    return [
        Snippet("/etc/aliases", ALIAS),
        Snippet("/usr/local/bin/to-evenkeel", SCRIPT.format(url=url)),
        Snippet(
            "/etc/evenkeel-key, for the mail server's eyes alone", KEY_FILE.format(key=key)
        ),
        Snippet("A shell, to try it", BY_HAND.format(url=url, key=key)),
    ]


def samples(name: str, now: datetime) -> list[Sample]:
    return _mails(("PROBLEM", "RESOLVED"), name, now)


def samples_by(rules: Mapping[str, Any], name: str, now: datetime) -> list[Sample]:
    return _mails(made_up.subjects(rules), name, now)


def _mails(words: Iterable[str], name: str, now: datetime) -> list[Sample]:
    key = f"test-{now:%Y%m%d%H%M%S%f}"
    mail = (
        "From: evenkeel@localhost\r\nTo: alerts+{key}@localhost\r\nX-Alert-Severity: p3\r\n"
        "Subject: {word}: TestAlert\r\nDate: {date}\r\n\r\n{name}\r\n"
    )
    date = now.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return [
        Sample(
            "", mail.format(key=key, word=word, date=date, name=name).encode(), "message/rfc822"
        )
        for word in words
    ]


def _mail(body: bytes, content_type: str) -> EmailMessage:
    """Parse a mail, or the one that a provider's form holds."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=200)
        raw = next((fields[name][0].encode() for name in PARTS if name in fields), body)
        return _parsed(raw)
    if kind == "multipart/form-data":
        form = _parsed(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        for part in form.iter_parts():
            name = part.get_param("name", header="content-disposition")
            if name in PARTS:
                content = part.get_payload(decode=True)
                return _parsed(content if isinstance(content, bytes) else b"")
    return _parsed(body)


def _parsed(raw: bytes) -> EmailMessage:
    # A line like “From x” in front is what mailboxes begin with.
    raw = raw.lstrip(b"\r\n")
    raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    mail = message_from_bytes(raw, policy=policy.default.clone(raise_on_defect=False))
    assert isinstance(mail, EmailMessage)
    return mail


def _incoming(
    call: Call, mail: EmailMessage, subject: str, rules: Mapping[str, Any], *, is_firing: bool
) -> Incoming:
    key = _key(call)
    title = _without(subject, [*rules.get("open", []), *rules.get("resolve", [])])
    labels = {"alertname": title[:200] or "Mail", "from": _clean(mail.get("From", ""))[:200]}
    if severity := _severity(subject, rules) or _clean(mail.get("X-Alert-Severity", "")):
        labels["priority"] = severity
    # Without a key each mail begins an occurrence, and one only, however often it comes.
    started_at = None if key or not is_firing else _date(mail, call.received_at)
    return Incoming(
        fingerprint=fitting(key) if key else _of_subject(title),
        is_firing=is_firing,
        started_at=started_at,
        ended_at=None,
        labels=labels,
        annotations={"summary": subject[:500], "description": _text(mail)},
        generator_url="",
    )


def _key(call: Call) -> str:
    for address in recipients(call.body, call.content_type):
        if key := address.rpartition("@")[0].partition("+")[2]:
            return key
    return ""


def _of_subject(title: str) -> str:
    return hashlib.sha256(SIGNS.sub(" ", title.casefold()).strip().encode()).hexdigest()


def _severity(subject: str, rules: Mapping[str, Any]) -> str:
    words = rules.get("severities", {})
    found = _first_of(subject, {word: [word] for word in words})
    return f"p{words[found]}" if found else ""


def _first_of(subject: str, lists: Mapping[str, Iterable[str]]) -> str:
    """Return the name of the list whose word stands first in the subject; "" for none."""
    places = [
        (place, order, name)
        for order, (name, words) in enumerate(lists.items())
        for word in words
        if (place := _place_of(word, subject)) >= 0
    ]
    return min(places)[2] if places else ""


def _place_of(word: str, subject: str) -> int:
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", subject, re.IGNORECASE)
    return found.start() if found else -1


def _without(subject: str, words: Iterable[str]) -> str:
    rest = REPLY.sub("", subject)
    for word in sorted(words, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", rest, flags=re.IGNORECASE)
    return " ".join(rest.split()).strip(" :-[]()")


def _date(mail: EmailMessage, received_at: datetime) -> datetime:
    try:
        said = parsedate_to_datetime(str(mail.get("Date", "")))
    except (TypeError, ValueError, OverflowError):
        return received_at
    said = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    return said if abs(received_at - said) <= PLAUSIBLE else received_at


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, UnicodeError, KeyError):  # a charset that nobody knows
        payload = part.get_payload(decode=True)
        content = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    said = str(content)
    if part.get_content_subtype() == "html":
        said = _Words.of(said)
    return _clean(said, lines=True)[:LONGEST_TEXT].strip()


def _clean(said: Any, *, lines: bool = False) -> str:
    words = BAD_TEXT.sub("\ufffd", str(said))
    return words if lines else " ".join(words.split())


class _Words(HTMLParser):
    """Leaves the words of an HTML mail."""

    UNREAD = {"script", "style", "head", "title"}
    BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3"}

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls(convert_charrefs=True)
        reader.feed(html)
        reader.close()
        lines = (" ".join(line.split()) for line in "".join(reader.words).splitlines())
        return "\n".join(line for line in lines if line)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: list[str] = []
        self.unread = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.unread += tag in self.UNREAD
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unread = max(0, self.unread - (tag in self.UNREAD))

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.words.append(data)
