"""
Alerts that the portal raises itself: a silent job, a check that is down, a monitor gone quiet.

They are occurrences of one integration that has no key, and are read into what is known as
every other alert is, so that events, holds and paging are the same. Both verbs run in the
caller's transaction: what changed and the alert about it commit together, or not at all.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from operations.formats import Incoming
from operations.formats.incoming import fitting
from operations.models import Alert, Integration, IntegrationKind, Receipt
from operations.routing import Router
from operations.workflow.applying import apply_one
from operations.workflow.occurrences import Reading
from portal.models import Service

NAME = "Evenkeel"
SECOND_NAME = "Evenkeel itself"  # where an operator has given the first to a monitor
NO_KEY = "internal"  # is the hash of no key, so that none opens it
TICK = timedelta(microseconds=1)


class _To(Router):
    """Leads to the service that the portal itself names."""

    def __init__(self, service: Service | None) -> None:
        self._service = service

    def service_of(self, _told: Incoming) -> Service | None:
        return self._service


@transaction.atomic
def internal_integration() -> Integration:
    """Return the one integration that speaks for the portal; seeds make it at set-up."""
    found = Integration.objects.filter(kind=IntegrationKind.INTERNAL).first()
    if found is not None:
        return found
    taken = Integration.objects.filter(name=NAME).exists()
    made = Integration(
        name=SECOND_NAME if taken else NAME, kind=IntegrationKind.INTERNAL, key_hash=NO_KEY
    )
    made.changed_by = None
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # another process was first
        return Integration.objects.get(kind=IntegrationKind.INTERNAL)
    return made


@transaction.atomic
def raise_alert(
    *,
    key: str,
    name: str,
    summary: str,
    severity: int,
    service: Service | None = None,
    labels: dict[str, str] | None = None,
    description: str = "",
    runbook_url: str = "",
    now: datetime,
    at: datetime | None = None,
) -> Alert:
    """
    Say that something is wrong; a second call while it is changes words, or makes it worse.

    `key` names what is wrong, such as “heartbeat:7”. `at` is when it began, where that was
    earlier than now; an occurrence never begins before the end of the one before it.
    """
    integration = internal_integration()
    alert = _locked(integration, key)
    told = Incoming(
        fingerprint=fitting(key),
        is_firing=True,
        started_at=_start(alert, at or now),
        ended_at=None,
        labels={
            **(labels or {}),
            "alertname": name,
            "severity": f"p{int(severity)}",
            **({"service": service.slug} if service else {}),
        },
        annotations=_worded(summary, description, runbook_url),
        generator_url="",
    )
    _apply(integration, told, service, now)
    return Alert.objects.get(integration=integration, fingerprint=told.fingerprint)


@transaction.atomic
def clear_alert(*, key: str, now: datetime) -> Alert | None:
    """Say that it is well again; None, and nothing done, when nothing was said to be wrong."""
    integration = internal_integration()
    alert = _locked(integration, key)
    if alert is None or not alert.is_firing:
        return None
    told = Incoming(
        fingerprint=alert.fingerprint,
        is_firing=False,
        started_at=alert.started_at,
        ended_at=max(now, alert.started_at),
        labels=alert.labels,
        annotations=alert.annotations,
        generator_url=alert.generator_url,
    )
    _apply(integration, told, alert.service, now)
    alert.refresh_from_db()
    return alert


def _apply(
    integration: Integration, told: Incoming, service: Service | None, now: datetime
) -> None:
    """Read it as what came in a call; this one was never made, and is not kept."""
    assert told.started_at is not None
    call = Receipt(integration=integration, received_at=max(now, told.started_at))
    apply_one(Reading(call, _To(service), [told]))


def _locked(integration: Integration, key: str) -> Alert | None:
    alerts = Alert.objects.select_for_update(of=("self",)).select_related("service")
    return alerts.filter(integration=integration, fingerprint=fitting(key)).first()


def _start(alert: Alert | None, at: datetime) -> datetime:
    if alert is None:
        return at
    if alert.is_firing or alert.ended_at is None:
        return alert.started_at
    return max(at, alert.ended_at, alert.started_at + TICK)


def _worded(summary: str, description: str, runbook_url: str) -> dict[str, str]:
    said = {"summary": summary, "description": description, "runbook_url": runbook_url}
    return {name: text for name, text in said.items() if text}
