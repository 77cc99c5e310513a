"""
Sends what reporters are told: it has come, it is over, what became of it.

Nothing that a stranger typed stands in these letters: anybody may type anybody's address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents import mailing
from incidents.mailing import Letter
from incidents.models import ProblemReport, ReportLetter, ReportLetterKind
from incidents.posting import Desk, Outcome, try_again
from incidents.report_tokens import report_url
from portal import clock, leases
from portal.models import SendState

SLOTS = 2
GIVES_UP_AFTER = timedelta(days=1)


def send_due(now: datetime) -> int:
    """Begin what is due and has room; return how many were begun."""
    return desk.send_due(now)


def _rows() -> QuerySet[ReportLetter]:
    return ReportLetter.objects.select_related("report")


def _send(row: ReportLetter) -> Outcome:
    report = row.report
    if not report.address:
        return Outcome(_("The address was erased before."), is_unwanted=True)
    headers = {
        "Message-ID": mailing.message_id(f"report-letter-{row.pk}"),
        "In-Reply-To": mailing.message_id(f"report-{report.reference}"),
        "References": mailing.message_id(f"report-{report.reference}"),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return mailing.post(letter_of(row), report.address, headers=headers)


def letter_of(row: ReportLetter) -> Letter:
    report = row.report
    name = mailing.one_line(str(settings.NAME), 60)
    said = {"reference": report.reference, "name": name}
    subject, text = _words(ReportLetterKind(row.kind), report)
    return Letter(
        subject=subject % said,
        heading=subject % said,
        facts=[(_("Reference"), report.reference)],
        text=text % said,
        button=(_("See how it stands"), report_url(report)),
        why=_(
            "You get this because this address was left with a problem report at %(name)s. If "
            "it was not you, have the address erased on the page that the link leads to."
        )
        % said,
    )


def _words(kind: ReportLetterKind, report: ProblemReport) -> tuple[str, str]:
    if kind == ReportLetterKind.RECEIVED:
        return (
            _("We have your report %(reference)s"),
            _("Thank you. We look at it, and write once more when we know what became of it."),
        )
    if kind == ReportLetterKind.OVER:
        return (
            _("What you reported is over: %(reference)s"),
            _("What you reported to %(name)s is mended. If you still see it, report it again."),
        )
    return _("Your report %(reference)s"), report.reason.replace("%", "%%")


def _settle(row: ReportLetter, outcome: Outcome) -> None:
    if not outcome.error:
        leases.mark_sent(row)
    elif outcome.is_unwanted:
        leases.give_up(row, outcome.error, state=SendState.CANCELLED)
    elif outcome.is_lasting or clock.now() - row.wanted_at > GIVES_UP_AFTER:
        leases.give_up(row, outcome.error)
    else:
        try_again(row, outcome)


desk: Desk[ReportLetter] = Desk("report", rows=_rows, send=_send, settle=_settle, slots=SLOTS)
