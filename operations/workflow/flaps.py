"""Letting alerts that flapped count as quiet, and take up again what still fires."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from operations import flapping
from operations.models import Alert
from operations.workflow import holds
from portal import events
from portal.sweeping import each


def calm_flapping(now: datetime, *, limit: int = 200) -> int:
    """Let each alert go that has been quiet long enough; return how many there were."""
    due = Alert.objects.filter(is_flapping=True, flap_due_at__lte=now).order_by("flap_due_at")
    pks = list(due.values_list("pk", flat=True)[:limit])
    return each(pks, lambda pk: _calm(pk, now), what="Alert")


@transaction.atomic
def _calm(pk: int, now: datetime) -> None:
    for alert in holds.locked([pk]):
        if not alert.is_flapping or alert.flap_due_at is None or alert.flap_due_at > now:
            continue
        kept_back = flapping.calm_down(alert)
        alert.save(update_fields=holds.FLAP_FIELDS)
        events.record("alert.flapping_ended", alert, actor=None, kept_back=kept_back)
        holds.reconsider([pk], now=now)
