"""
Whether addresses that leave the house lead anywhere, asked within a budget.

Each is asked seldom, with HEAD, else with GET, and never in a place that a stranger could not
reach (`portal.outgoing`).
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.alert_runbooks import hash_of
from knowledge.models import LinkCheck, LinkState
from portal import clock, outgoing

AGAIN = {
    LinkState.WORKS: timedelta(days=7),
    LinkState.DEAD: timedelta(days=1),
    LinkState.UNKNOWN: timedelta(hours=6),
    LinkState.REFUSED: timedelta(days=7),
}
MOST_KNOWN = 2_000  # addresses
TIMEOUT = 5.0  # seconds
LARGEST = 2_000  # bytes of an answer
GONE = {404, 410}
NOT_BY_HEAD = {405, 501}


def know_links(urls: Iterable[str]) -> int:
    """Have these addresses asked some time soon; return how many are new."""
    wanted = {hash_of(url): url for url in urls}
    known = set(
        LinkCheck.objects.filter(url_hash__in=wanted).values_list("url_hash", flat=True)
    )
    room = max(MOST_KNOWN - LinkCheck.objects.count(), 0)
    new = [
        LinkCheck(url=url[:1000], url_hash=value, due_at=clock.now())
        for value, url in wanted.items()
        if value not in known
    ][:room]
    LinkCheck.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def check_link(pk: int) -> LinkCheck | None:
    """Ask one address, if that is owed; of many workers one does."""
    now = clock.now()
    claimed = LinkCheck.objects.filter(pk=pk, due_at__lte=now).update(
        due_at=now + timedelta(hours=1)
    )
    if not claimed:
        return None
    check = LinkCheck.objects.get(pk=pk)
    state, what = _asked(check.url)
    return _keep(check, state, what)


@transaction.atomic
def _keep(check: LinkCheck, state: LinkState, what: str) -> LinkCheck:
    now = clock.now()
    check.state, check.what = state, what[:200]
    check.checked_at, check.due_at = now, now + AGAIN[state]
    check.save(update_fields=["state", "what", "checked_at", "due_at"])
    return check


def _asked(url: str) -> tuple[LinkState, str]:
    try:
        answer = outgoing.send("HEAD", url, timeout=TIMEOUT, max_bytes=LARGEST)
        if answer.status in NOT_BY_HEAD:
            answer = outgoing.send("GET", url, timeout=TIMEOUT, max_bytes=LARGEST)
    except outgoing.UrlRefused as refused:
        return LinkState.REFUSED, refused.sentence
    except outgoing.SendFailed as failed:
        return LinkState.UNKNOWN, failed.sentence
    words = _("It answers %(status)s.") % {"status": answer.status}
    if answer.status in GONE:
        return LinkState.DEAD, words
    is_there = answer.status < 400 or answer.status in {401, 403}
    return (LinkState.WORKS if is_there else LinkState.UNKNOWN), words
