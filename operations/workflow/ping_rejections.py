"""Counts pings that were turned away, so that the job's owner sees why it is not heard."""

import uuid

from django.db import transaction
from django.db.models import F

from operations.models import Heartbeat, PingRejection, PingRejectionReason, RetiredPingKey
from portal import clock
from portal.strict import BAD_TEXT

LONGEST = 200  # characters of what stood behind the key, and of who sent it


@transaction.atomic
def turn_ping_away(
    key: uuid.UUID, reason: PingRejectionReason, *, call: str, method: str, agent: str
) -> None:
    """Count a ping under its reason, and keep the newest; nothing for a key nobody knew."""
    heartbeat, was_replaced = _whose(key)
    if heartbeat is None:
        return
    if was_replaced:
        reason = PingRejectionReason.OLD_ADDRESS
    row, _created = PingRejection.objects.get_or_create(
        heartbeat_id=heartbeat, reason=reason, defaults={"method": method[:4]}
    )
    PingRejection.objects.filter(pk=row.pk).update(
        count=F("count") + 1,
        last_at=clock.now(),
        call=_kept(call),
        method=method[:4],
        agent=_kept(agent),
    )


def _whose(key: uuid.UUID) -> tuple[int | None, bool]:
    """Return the heartbeat of this key, and whether the key is an old one."""
    found = Heartbeat.objects.filter(ping_key=key).values_list("pk", flat=True).first()
    if found is not None:
        return found, False
    old = RetiredPingKey.objects.filter(ping_key=key)
    return old.values_list("heartbeat", flat=True).first(), True


def _kept(text: str) -> str:
    return BAD_TEXT.sub("\ufffd", text)[:LONGEST]
