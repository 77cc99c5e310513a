"""What the pager does for the ground floor."""

from datetime import datetime

from portal import audit, auditor, outbox, paging, reactions, webhooks
from portal.sweeping import before_the_end, sweep

before_the_end("send messages", outbox.finish)
before_the_end("send webhooks", webhooks.finish)


@sweep("react to events", every=1, order=20)
def react(now: datetime) -> int:
    return reactions.react_to_all_due(now)


@sweep("owe the hourly synthetic page", every=60, order=35)
def owe_synthetic_page(now: datetime) -> int:
    return paging.owe_synthetic_page(now)


@sweep("send messages", every=1, order=40)
def send(now: datetime) -> int:
    return outbox.send_due(now)


@sweep("seal events", every=1, order=60)
def seal(_now: datetime) -> int:
    return audit.seal_new_events()


@sweep("send webhooks", every=1, order=70)
def call_webhooks(now: datetime) -> int:
    return webhooks.plan() + webhooks.send_due(now)


@sweep("ask what was due", every=60, order=90)
def ask_what_was_due(now: datetime) -> int:
    auditor.audit(now)
    return 0
