"""
Monitors that have gone quiet, and calls too long to be kept: said aloud as alerts.

Both are found again by what the database holds, so that a look too many changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from operations.models import (
    Alert,
    Integration,
    IntegrationKind,
    Receipt,
    ReceiptState,
)
from operations.staleness import with_last_call
from operations.workflow.internal import clear_alert, raise_alert
from portal import events

QUIET = "integration-quiet:"
CUT_OFF = "integration-cut-off:"


def look_at_integrations(now: datetime) -> int:
    """Say which monitors went quiet or speak again, and which are understood again."""
    return sum([_look_for_quiet(now), _look_for_understood(now)])


def note_cut_off(receipt: Receipt, *, now: datetime) -> None:
    """
    Raise an alert about a call that was too long to be kept whole: alerts were in it.

    One stands for all such calls of an integration, until a later one is understood.
    """
    integration = receipt.integration
    sentence = _("“%(name)s” sent a call of more than 10 MiB, of which nothing was read.")
    raise_alert(
        key=f"{CUT_OFF}{integration.pk}",
        name="IntegrationCutOff",
        summary=sentence % {"name": integration.name},
        description=_("Have it send fewer alerts in one call, and look there for what fires."),
        severity=integration.default_severity,
        service=integration.service,
        labels={"monitor": integration.name},
        now=now,
        at=receipt.received_at,
    )


@transaction.atomic
def forget_quiet(integration: Integration, *, now: datetime) -> None:
    """Take back that it is quiet, as when another limit holds from now on."""
    Integration.objects.filter(pk=integration.pk).update(quiet_since=None)
    integration.quiet_since = None
    clear_alert(key=f"{QUIET}{integration.pk}", now=now)


def _look_for_quiet(now: datetime) -> int:
    watched = Q(stale_after_minutes__isnull=False, is_active=True)
    rows = with_last_call(Integration.objects.filter(watched | Q(quiet_since__isnull=False)))
    return sum(_turn(row, row.last_call, now) for row in rows)  # type: ignore[attr-defined]  # a column of the query


def _turn(integration: Integration, last_call: datetime | None, now: datetime) -> bool:
    limit = integration.stale_after_minutes
    is_watched = limit is not None and integration.is_active
    # Calls are forgotten after a while; one that was quiet then is quiet still.
    heard = last_call or integration.quiet_since
    is_quiet = is_watched and heard is not None and now - heard > timedelta(minutes=limit or 0)
    if is_quiet == (integration.quiet_since is not None):
        return False
    with transaction.atomic():
        locked = Integration.objects.select_for_update(of=("self",)).select_related("service")
        row = locked.get(pk=integration.pk)
        if (row.quiet_since is not None) == is_quiet:  # another process was first
            return False
        if is_quiet:
            assert heard is not None
            _went_quiet(row, heard, now)
        else:
            forget_quiet(row, now=now)
            events.record("integration.spoke_again", row, actor=None)
    return True


def _went_quiet(integration: Integration, heard: datetime, now: datetime) -> None:
    Integration.objects.filter(pk=integration.pk).update(quiet_since=heard)
    events.record("integration.went_quiet", integration, actor=None, happened_at=heard)
    if integration.quiet_severity is None:
        return
    sentence = _("“%(name)s” has sent nothing for more than %(n)d min.")
    said = {"name": integration.name, "n": integration.stale_after_minutes}
    raise_alert(
        key=f"{QUIET}{integration.pk}",
        name="IntegrationQuiet",
        summary=sentence % said,
        severity=integration.quiet_severity,
        service=integration.service,
        labels={"monitor": integration.name},
        now=now,
        at=heard,
    )


def _look_for_understood(now: datetime) -> int:
    """End the alerts about calls that were cut off where the newest call was read."""
    told = Alert.objects.firing().filter(
        integration__kind=IntegrationKind.INTERNAL, fingerprint__startswith=CUT_OFF
    )
    keys = list(told.values_list("fingerprint", flat=True))
    return sum(_end_if_understood(key, now) for key in keys)


def _end_if_understood(key: str, now: datetime) -> bool:
    read = Receipt.objects.filter(integration=int(key.removeprefix(CUT_OFF)))
    newest = read.exclude(state=ReceiptState.RECEIVED).order_by("-processed_at", "-pk").first()
    if newest is not None and newest.state != ReceiptState.PROCESSED:
        return False
    return clear_alert(key=key, now=now) is not None
