"""Sends messages to stakeholders, before the letters to subscribers and beside the pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents import mailing
from incidents.audience import sms_address
from incidents.mailing import Letter
from incidents.models import Medium, StakeholderDelivery
from incidents.posting import Desk, Outcome, try_again
from portal import clock, leases
from portal.channels import send_short_message

SLOTS = 4
GIVES_UP_AFTER = timedelta(days=1)


def send_due(now: datetime) -> int:
    """Begin what is due and has room; return how many were begun."""
    return desk.send_due(now)


def _rows() -> QuerySet[StakeholderDelivery]:
    return StakeholderDelivery.objects.select_related("message__incident")


def _send(row: StakeholderDelivery) -> Outcome:
    if row.medium == Medium.SMS:
        error = send_short_message(sms_address(row.address), row.message.sms)
        return Outcome(error)
    incident = row.message.incident
    letter = Letter(
        subject=row.message.subject,
        heading=row.message.subject,
        facts=[],
        text=row.message.text,
        button=(_("Open the incident"), f"{settings.SITE_URL}{incident.get_absolute_url()}"),
        why=_("You get this as a stakeholder: %(reasons)s.")
        % {"reasons": "; ".join(row.reasons)},
    )
    thread = mailing.message_id(f"stakeholders-incident-{incident.pk}")
    headers = {
        "Message-ID": mailing.message_id(f"stakeholder-{row.pk}"),
        "In-Reply-To": thread,
        "References": thread,
        "Auto-Submitted": "auto-generated",
    }
    return mailing.post(letter, row.address, headers=headers)


def _settle(row: StakeholderDelivery, outcome: Outcome) -> None:
    if not outcome.error:
        leases.mark_sent(row)
    elif outcome.is_lasting or clock.now() - row.wanted_at > GIVES_UP_AFTER:
        leases.give_up(row, outcome.error)
    else:
        try_again(row, outcome)


desk: Desk[StakeholderDelivery] = Desk(
    "stakeholders", rows=_rows, send=_send, settle=_settle, slots=SLOTS
)
