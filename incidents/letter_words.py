"""What letters to subscribers say, as mails and as calls to programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from standardwebhooks import Webhook as Signer

from incidents import mailing, subscriber_tokens
from incidents.mailing import Letter
from incidents.models import Announcement, LetterKind, Subscriber, SubscriberDelivery
from incidents.page_settings import page_settings
from incidents.posting import Outcome
from portal import clock, outgoing
from portal.channels import GONE, retry_after

CALL_TIMEOUT = 8.0  # seconds
MOST_READ = 10_000  # bytes of an answer


def by_mail(row: SubscriberDelivery) -> Outcome:
    """Send the letter as mail, grouped with the others about the same thing."""
    return mailing.post(letter_of(row), row.subscriber.address, headers=headers_of(row))


def letter_of(row: SubscriberDelivery) -> Letter:
    if row.kind == LetterKind.CONFIRM:
        return _confirm(row.subscriber)
    if row.kind == LetterKind.KNOWN:
        return _known(row.subscriber)
    assert row.announcement is not None
    return _post(row.announcement, row.subscriber)


def headers_of(row: SubscriberDelivery) -> dict[str, str]:
    """
    Return what mail programs act on.

    One click unsubscribes by RFC 8058; a confirmation has no list to leave yet.
    """
    headers = {
        "Message-ID": mailing.message_id(f"letter-{row.pk}"),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if row.kind == LetterKind.CONFIRM:
        return headers
    leave = subscriber_tokens.unsubscribe_url(row.subscriber)
    headers |= {
        "List-Id": f"{mailing.one_line(str(settings.NAME), 60)} <status.{mailing.host()}>",
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }
    if row.announcement is not None:
        topic = row.announcement.topic.replace(":", "-")
        thread = mailing.message_id(f"status-{topic}-{row.subscriber_id}")
        headers |= {"In-Reply-To": thread, "References": thread}
    return headers


def _confirm(subscriber: Subscriber) -> Letter:
    return Letter(
        subject=_("Confirm your subscription to %(name)s status") % _name(),
        heading=_("Do you want to be told?"),
        facts=[],
        text=_(
            "Somebody, hopefully you, asked that this address be told what happens at "
            "%(name)s. Open the link and press the button there within three days. If it was "
            "not you, do nothing: nothing will be sent."
        )
        % _name(),
        button=(_("Confirm the subscription"), subscriber_tokens.confirm_url(subscriber)),
    )


def _known(subscriber: Subscriber) -> Letter:
    return Letter(
        subject=_("You follow %(name)s status already") % _name(),
        heading=_("You follow this status page already"),
        facts=[],
        text=_("Somebody asked to subscribe this address again. Nothing was changed."),
        button=(_("Change or end it"), subscriber_tokens.manage_url(subscriber)),
    )


def _post(told: Announcement, subscriber: Subscriber) -> Letter:
    at = told.published_at.astimezone(ZoneInfo(told.zone))
    return Letter(
        subject=told.title,
        heading=told.title,
        facts=[(_("Posted"), said(at))],
        text=told.text,
        button=(_("Open the status page"), page_url(told.path)),
        links=(
            (_("Choose what you hear of"), subscriber_tokens.manage_url(subscriber)),
            (_("Unsubscribe"), subscriber_tokens.unsubscribe_url(subscriber)),
        ),
        why=_("You get this because you subscribed to the status page of %(name)s.") % _name(),
    )


def by_webhook(row: SubscriberDelivery) -> Outcome:
    """Call the program, signed as Standard Webhooks describes."""
    now = clock.now()
    name = f"letter_{row.pk}"
    body = json.dumps(payload(row), sort_keys=True)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Evenkeel-Status",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(row.subscriber.secret).sign(name, now, body),
        "Idempotency-Key": name,
    }
    try:
        answer = outgoing.send(
            "POST",
            row.subscriber.address,
            headers=headers,
            content=body.encode(),
            timeout=CALL_TIMEOUT,
            max_bytes=MOST_READ,
        )
    except outgoing.UrlRefused as error:
        return Outcome(str(error), is_lasting=True)
    except outgoing.OutgoingError as error:
        return Outcome(str(error))
    if 200 <= answer.status < 300:
        return Outcome(status=answer.status, answers=answer.body.decode(errors="replace"))
    return Outcome(
        _("It answered %(status)d.") % {"status": answer.status},
        is_lasting=answer.status in GONE,
        retry_after=retry_after(answer),
        status=answer.status,
    )


def payload(row: SubscriberDelivery) -> dict[str, Any]:
    """
    Return what a program is told: `{"type", "timestamp", "data"}`.

    `type` is `subscription.challenge`, `subscription.known` or `status.incident` and
    `status.maintenance`. Whoever answers a challenge with its `challenge` is confirmed.
    """
    told = row.announcement
    data = _data_of(told) if told is not None else {}
    data["manage_url"] = subscriber_tokens.manage_url(row.subscriber)
    kind = "subscription.known" if told is None else f"status.{told.kind}"
    if row.kind == LetterKind.CONFIRM:
        kind = "subscription.challenge"
        data["challenge"] = challenge_of(row.subscriber)
        data["confirm_url"] = subscriber_tokens.confirm_url(row.subscriber)
        data["secret"] = row.subscriber.secret
    return {"type": kind, "timestamp": row.wanted_at.isoformat(), "data": data}


def challenge_of(subscriber: Subscriber) -> str:
    """Return what the program must give back to prove that it reads what it is sent."""
    return subscriber_tokens.token_of(subscriber.nonce, "confirm")


def has_met_challenge(row: SubscriberDelivery, answer: str) -> bool:
    return row.kind == LetterKind.CONFIRM and challenge_of(row.subscriber) in answer


def _data_of(told: Announcement) -> dict[str, Any]:
    return {
        "id": told.key,
        "about": told.topic,
        "title": told.title,
        "text": told.text,
        "phase": told.phase,
        "components": told.components,
        "published_at": told.published_at.isoformat(),
        "url": page_url(told.path),
    }


def page_url(path: str = "") -> str:
    """Return the address where people read the page: of the copy, if there is one."""
    here = reverse("status")
    return f"{settings.STATUS_URL or settings.SITE_URL + here}{path.removeprefix(here)}"


def page_zone() -> ZoneInfo:
    """The zone in which the status page tells times now."""
    return ZoneInfo(page_settings().zone)


def said(at: datetime) -> str:
    """Return a moment with its zone, such as “29 Nov 2026, 16:40 UTC”."""
    return f"{at:%-d %b %Y, %H:%M} {at.tzname() or UTC}"


def _name() -> dict[str, str]:
    return {"name": mailing.one_line(str(settings.NAME), 60)}
