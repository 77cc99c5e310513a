"""Fetching a calendar from its address, and what may come instead of one."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from operations.calendar_reading import LONGEST_FILE, Unreadable
from portal import outgoing

ACCEPT = {"Accept": "text/calendar, text/plain;q=0.5"}
SECONDS = 20.0


class Fetched(NamedTuple):
    """The bytes, or None when nothing changed, and the ETag to ask with next time."""

    source: bytes | None
    etag: str


def fetch(url: str, *, etag: str = "") -> Fetched:
    """Return what stands at the address now; raise `Unreadable` with a code and a sentence."""
    headers = {**ACCEPT, "If-None-Match": etag} if etag else ACCEPT
    try:
        answer = outgoing.send(
            "GET", url, headers=headers, timeout=SECONDS, max_bytes=LONGEST_FILE
        )
    except outgoing.OutgoingError as error:
        raise Unreadable(error.code, str(error.sentence)) from None
    if answer.status == 304 and etag:
        return Fetched(None, etag)
    _check(answer)
    return Fetched(answer.body, answer.headers.get("etag", "")[:250])


def _check(answer: outgoing.Answer) -> None:
    if 300 <= answer.status < 400:
        sentence = _("It answers with a redirect. Give the address that it leads to.")
        raise Unreadable("redirect", sentence)
    if answer.status != 200:
        sentence = _("It answers with status %(status)d.") % {"status": answer.status}
        raise Unreadable("bad_status", sentence)
    if answer.is_cut:
        raise Unreadable("too_long", _("The calendar is longer than 5 MB."))
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        sentence = _(
            "It answers with a web page (%(kind)s) instead of a calendar: the address may "
            "need a sign-in."
        )
        raise Unreadable("web_page", sentence % {"kind": kind})
