"""Webhooks out: whom we tell of our events, and what became of each delivery."""

import base64
import re
import secrets
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from portal import clock, events, outgoing
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Event, SendState, User, Webhook, WebhookDelivery
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields, wrong

KIND = re.compile(r"[a-z_]+\.(\*|[a-z_]+)")
MOST_KINDS = 50


@transaction.atomic
def create_webhook(
    *, name: str, url: str, kinds: list[str], actor: User | None
) -> tuple[Webhook, str]:
    """Tell another program from now on; return the webhook and the secret that signs."""
    check_address(url)
    check_kinds(kinds)
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    reached = Event.objects.aggregate(last=Max("position"))["last"] or 0
    webhook = Webhook(name=name, url=url, kinds=kinds, secret=secret, reached_position=reached)
    add(webhook, actor=actor)
    events.record("webhook.created", webhook, actor=actor)
    return webhook, secret


@transaction.atomic
def change_webhook(webhook: Webhook, *, actor: User | None, **fields: Any) -> Webhook:
    """Change its name, address or kinds."""
    row = locked(webhook)
    if "url" in fields:
        check_address(fields["url"])
    if "kinds" in fields:
        check_kinds(fields["kinds"])
    if changed := set_fields(row, fields, actor=actor):
        events.record("webhook.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def switch_on(webhook: Webhook, *, actor: User | None) -> Webhook:
    """Tell it again, of what happens from now on."""
    row = locked(webhook)
    reached = Event.objects.aggregate(last=Max("position"))["last"] or 0
    if set_fields(row, {"is_active": True, "reached_position": reached}, actor=actor):
        events.record("webhook.switched_on", row, actor=actor)
    return row


@transaction.atomic
def switch_off(webhook: Webhook, *, actor: User | None) -> Webhook:
    """Tell it nothing more; what is still due is cancelled at its next attempt."""
    row = locked(webhook)
    if set_fields(row, {"is_active": False}, actor=actor):
        events.record("webhook.switched_off", row, actor=actor)
    return row


@transaction.atomic
def delete_webhook(webhook: Webhook, *, actor: User | None) -> None:
    """Forget the webhook and its delivery log."""
    events.record("webhook.deleted", webhook, actor=actor)
    delete_as(webhook, actor)


@transaction.atomic
def send_test(webhook: Webhook, *, actor: User) -> WebhookDelivery:
    """Owe one test delivery, whatever kinds it asked for."""
    row = locked(webhook)
    if not row.is_active:
        raise TransitionNotAllowed([_off()])
    event = events.record("webhook.test", row, actor=actor)
    return WebhookDelivery.objects.create(webhook=row, event=event)


@transaction.atomic
def retry(delivery: WebhookDelivery, *, actor: User | None) -> WebhookDelivery:
    """Owe the delivery again, from now, with a fresh three days."""
    row = (
        WebhookDelivery.objects.select_for_update(of=("self",))
        .select_related("webhook")
        .get(pk=delivery.pk)
    )
    if refusals := why_not_retry(row):
        raise TransitionNotAllowed(refusals)
    row.state = SendState.DUE
    row.due_at = row.wanted_at = clock.now()
    row.sent_at = None
    row.save(update_fields=["state", "due_at", "wanted_at", "sent_at"])
    events.record("webhook.delivery_retried", row.webhook, actor=actor, delivery=row.pk)
    return row


def why_not_retry(delivery: WebhookDelivery) -> list[Refusal]:
    """Return every reason why this delivery cannot be owed again now."""
    refusals = [] if delivery.webhook.is_active else [_off()]
    if delivery.state == SendState.CLAIMED:
        refusals.append(Refusal("being_sent", _("It is being sent at this moment.")))
    return refusals


def check_address(url: str) -> None:
    """Raise `ValidationError` on `url` if our calls may not go there."""
    try:
        outgoing.check_url(url)
    except outgoing.UrlRefused as error:
        raise wrong("url", str(error), "not_allowed") from error


def check_kinds(kinds: list[str]) -> None:
    """Raise `ValidationError` on `kinds` for what cannot be a kind of event."""
    strange = [kind for kind in kinds if not KIND.fullmatch(kind)]
    if strange:
        raise wrong(
            "kinds",
            _("“%(kind)s” is no kind of event. Write “incident.opened” or “incident.*”.")
            % {"kind": strange[0]},
        )
    if len(kinds) > MOST_KINDS:
        raise wrong("kinds", _("At most %(most)d kinds.") % {"most": MOST_KINDS})


def _off() -> Refusal:
    return Refusal("webhook_off", _("This webhook is switched off."), _("Switch it on first."))


def why_not_test(webhook: Webhook) -> list[Refusal]:
    return [] if webhook.is_active else [_off()]
