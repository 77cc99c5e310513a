"""What the auditor asks about alert intake and about who is on call."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.models import FindingKind, Receipt, ReceiptState, ShiftFinding
from operations.on_call import everybody_on_call
from portal.auditor import Found, question
from portal.models import Gravity, Urgency
from portal.reach import why_unreachable_of

READ_WITHIN = timedelta(seconds=30)
SOON = timedelta(days=1)
NAMED = 3


@question
def receipts_are_read(now: datetime) -> Iterator[Found]:
    """What a monitor sent and nobody has read may be the page that is missing."""
    waiting = Receipt.objects.filter(state=ReceiptState.RECEIVED, is_replay=False)
    if count := waiting.filter(received_at__lt=now - READ_WITHIN).count():
        sentence = _("What monitors sent over half a minute ago has not been read.")
        yield Found("receipt_late", sentence, count, Gravity.ALARM)


@question
def who_is_on_call_can_be_reached(now: datetime) -> Iterator[Found]:
    on_call = {person for duty in everybody_on_call(now) for person in duty.on_call.people}
    reasons = why_unreachable_of(on_call, Urgency.HIGH)
    names = sorted(person.name for person in on_call if reasons[person.pk])
    if names:
        sentence = ngettext(
            "%(names)s is on call without a way of being reached that is proved to work.",
            "%(names)s are on call without a way of being reached that is proved to work.",
            len(names),
        ) % {"names": _first(names)}
        url = reverse("reachability")
        yield Found("on_call_unreachable", sentence, len(names), Gravity.WARNING, url)


@question
def schedules_have_no_hole(now: datetime) -> Iterator[Found]:
    """Gaps of today; later ones stand on the page of gaps until somebody fills them."""
    gaps = ShiftFinding.objects.current().filter(kind=FindingKind.GAP, ends_at__gt=now)
    soon = gaps.filter(starts_at__lt=now + SOON).select_related("schedule__team")
    names = sorted({str(row.schedule) for row in soon})
    if names:
        sentence = _("Within a day, nobody is on call for a while: %(names)s.")
        url = reverse("operations:shift-findings")
        said = sentence % {"names": _first(names)}
        yield Found("schedule_gap", said, len(names), Gravity.WARNING, url)


def _first(names: list[str]) -> str:
    """The first few, so that a sentence stays one."""
    more = len(names) - NAMED
    named = ", ".join(names[:NAMED])
    return named if more <= 0 else _("%(names)s and %(n)d more") % {"names": named, "n": more}
