"""
Asks Alertmanager what fires, to find what no call told us.

A resolve that happens while an alert is silenced upstream never comes, and a call may be lost.
So, where an integration has an address for it, we ask again and again:

    upstream                here            what follows
    active, suppressed      open            confirmed; shown as it stands upstream
    missing                 open            ended as `reconciled`, when two answers in a row
                                            miss it and no call told of it since the first
    active                  unknown         taken in as if a call had told of it
    suppressed              unknown         nothing
    no answer, or a bad one                 nothing ends; the integration shows the error

What was ended so and is told of once more begins anew (`workflow.dating`).
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from operations.formats import Incoming, Unreadable
from operations.models import (
    Alert,
    Integration,
    IntegrationKind,
    Occurrence,
    Receipt,
    UpstreamState,
)
from operations.routing import Router
from operations.upstream_answers import LARGEST, PATH, Known, read_answer
from operations.workflow.applying import apply_one
from operations.workflow.intake import accept
from operations.workflow.integrations import why_not_change
from operations.workflow.occurrences import Reading
from operations.workflow.staleness import forget_quiet
from portal import events, outgoing
from portal.errors import Refusal, TransitionNotAllowed
from portal.hints import later
from portal.models import User

EVERY = timedelta(minutes=1)
# Before that, the call about it may still be on its way: Alertmanager waits for its group.
PATIENCE = timedelta(minutes=1)
TIMEOUT = 10.0  # seconds
ASKED_AT_ONCE = 50


def why_not_ask(integration: Integration) -> list[Refusal]:
    """Return every reason why this integration cannot be asked what fires."""
    reasons = []
    if integration.kind != IntegrationKind.ALERTMANAGER:
        reasons.append(Refusal("not_alertmanager", _("Only Alertmanager can be asked.")))
    elif not integration.poll_url:
        sentence = _("Nobody has said where to ask.")
        reasons.append(Refusal("no_address", sentence, _("Give its address first.")))
    if not integration.is_active:
        reasons.append(Refusal("switched_off", _("This integration is switched off.")))
    return reasons


@transaction.atomic
def set_upstream(
    integration: Integration,
    *,
    stale_after_minutes: int | None,
    quiet_severity: int | None,
    poll_url: str = "",
    poll_receiver: str = "",
    poll_secret: str | None = None,
    now: datetime,
    actor: User | None,
) -> Integration:
    """
    Say how its alerts are confirmed: how long one is believed, and where to ask.

    Without `poll_secret` the one that is kept stays, unless the address changes: a secret is
    never sent anywhere but where it was meant for. Raises `UrlRefused` for an address that we
    may not call.
    """
    locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    if reasons := why_not_change(locked):
        raise TransitionNotAllowed(reasons)
    url = _address(poll_url)
    if url and locked.kind != IntegrationKind.ALERTMANAGER:
        raise TransitionNotAllowed(why_not_ask(locked))
    if url:
        outgoing.check_url(url + PATH)
    if url != locked.poll_url:
        locked.poll_secret, locked.poll_error, locked.polled_at = "", "", None
    if poll_secret is not None:
        locked.poll_secret = poll_secret
    locked.poll_url, locked.poll_receiver = url, poll_receiver.strip() if url else ""
    locked.poll_due_at = now if url else None
    locked.stale_after_minutes, locked.quiet_severity = stale_after_minutes, quiet_severity
    locked.changed_by = actor
    locked.save()
    forget_quiet(locked, now=now)
    events.record("integration.confirmation_changed", locked, actor=actor)
    return locked


@transaction.atomic
def ask_soon(integration: Integration, *, now: datetime, actor: User | None) -> Integration:
    """Ask within seconds instead of within the minute."""
    locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    if reasons := why_not_ask(locked):
        raise TransitionNotAllowed(reasons)
    Integration.objects.filter(pk=locked.pk).update(poll_due_at=now)
    events.record("integration.asked", locked, actor=actor)
    later("operations.ask_upstreams")
    return locked


def claim_upstreams(now: datetime) -> list[int]:
    """Take the integrations that are to be asked, each for one process; return their keys."""
    due = Integration.objects.filter(poll_due_at__lte=now, is_active=True)
    mine = []
    for pk, due_at in due.values_list("pk", "poll_due_at").order_by("poll_due_at")[
        :ASKED_AT_ONCE
    ]:
        claimed = Integration.objects.filter(pk=pk, poll_due_at=due_at)
        if claimed.update(poll_due_at=now + EVERY):
            mine.append(pk)
    return mine


def ask_upstream(integration: Integration, *, now: datetime) -> None:
    """Ask once, and reconcile what is open here with the answer; `now` is before asking."""
    try:
        known = _ask(integration)
    except (outgoing.OutgoingError, Unreadable) as problem:
        sentence = problem.sentence if isinstance(problem, outgoing.OutgoingError) else problem
        _note(integration, error=str(sentence)[:300], now=now)
        return
    with transaction.atomic():
        locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
        if locked.poll_url != integration.poll_url:  # another one is asked by now
            return
        _reconcile(locked, known, began=now)
        _take_in(locked, known, began=now)
        _note(locked, error="", now=now)


def _ask(integration: Integration) -> dict[str, Known]:
    headers = {"Accept": "application/json", **_credentials(integration.poll_secret)}
    answer = outgoing.send(
        "GET",
        integration.poll_url + PATH,
        headers=headers,
        timeout=TIMEOUT,
        max_bytes=LARGEST,
    )
    if answer.status != 200:
        raise Unreadable(_("It answered %(status)d.") % {"status": answer.status})
    if answer.is_cut:
        raise Unreadable(_("The answer was longer than 10 MiB."))
    return read_answer(answer.body, receiver=integration.poll_receiver)


def _credentials(secret: str) -> dict[str, str]:
    """A token is sent as such; a name and a password, with a colon between them, as Basic."""
    if not secret:
        return {}
    if ":" in secret:
        return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    return {"Authorization": f"Bearer {secret}"}


def _reconcile(integration: Integration, known: dict[str, Known], *, began: datetime) -> None:
    """Compare what is open here, each alert locked, in the order of all readers."""
    rows = (
        Alert.objects.select_for_update(of=("self",)).firing().filter(integration=integration)
    )
    for alert in rows.select_related("service", "integration").order_by("fingerprint"):
        if (upstream := known.get(alert.fingerprint)) is not None:
            alert.upstream_state, alert.upstream_at = upstream.state, began
            alert.last_seen_at = max(alert.last_seen_at, began)
            alert.save(update_fields=["upstream_state", "upstream_at", "last_seen_at"])
        elif alert.last_seen_at > began:  # a call told of it while we asked
            continue
        elif _was_missed_before(alert, began):
            _give_up(integration, alert, began)
        elif not _is_missing(alert):
            alert.upstream_state, alert.upstream_at = UpstreamState.MISSING, began
            alert.save(update_fields=["upstream_state", "upstream_at"])


def _is_missing(alert: Alert) -> bool:
    """Whether the last answer missed it already, and nothing told of it since."""
    if alert.upstream_state != UpstreamState.MISSING or alert.upstream_at is None:
        return False
    return alert.last_seen_at <= alert.upstream_at


def _was_missed_before(alert: Alert, began: datetime) -> bool:
    """Whether it was missing so long ago that this is another answer, and not a hasty one."""
    return _is_missing(alert) and began - (alert.upstream_at or began) >= EVERY / 2


def _give_up(integration: Integration, alert: Alert, began: datetime) -> None:
    """End it as of the first answer that missed it; the true end is nobody's to know."""
    assert alert.upstream_at is not None
    told = Incoming(
        fingerprint=alert.fingerprint,
        is_firing=False,
        started_at=alert.started_at,
        ended_at=max(alert.upstream_at, alert.started_at),
        labels=alert.labels,
        annotations=alert.annotations,
        generator_url=alert.generator_url,
    )
    call = Receipt(integration=integration, received_at=began)
    apply_one(Reading(call, Router(integration, [told]), [told]))
    ended = alert.occurrences.filter(started_at=alert.started_at)
    ended.update(end_reason=Occurrence.EndReason.RECONCILED)
    Alert.objects.filter(pk=alert.pk).update(upstream_state="", upstream_at=began)
    events.record("alert.reconciled", alert, actor=None)


def _take_in(integration: Integration, known: dict[str, Known], *, began: datetime) -> None:
    """Keep what no call told us as a call of its own, and have it read like one."""
    waiting = [
        each
        for each in known.values()
        if each.state == UpstreamState.ACTIVE and each.started_at <= began - PATIENCE
    ]
    told = [each.told for each in _unheard_of(integration, waiting)]
    if told:
        body = json.dumps({"version": "4", "status": "firing", "alerts": told})
        headers = {"x-asked": integration.poll_url}
        accept(integration, body.encode(), "application/json", headers=headers)


def _unheard_of(integration: Integration, waiting: list[Known]) -> list[Known]:
    """Leave those of which no occurrence is known, or only one that was given up."""
    rows = Occurrence.objects.filter(
        alert__integration=integration,
        alert__fingerprint__in=[each.fingerprint for each in waiting],
    ).exclude(end_reason=Occurrence.EndReason.RECONCILED)
    heard = set()
    for fingerprint, start, told_start in rows.values_list(
        "alert__fingerprint", "started_at", "told_at"
    ):
        heard |= {(fingerprint, start), (fingerprint, told_start)}
    return [each for each in waiting if (each.fingerprint, each.started_at) not in heard]


def _note(integration: Integration, *, error: str, now: datetime) -> None:
    """Write down how asking went; that it begins to fail, or to answer again, is told."""
    rows = Integration.objects.filter(pk=integration.pk, poll_url=integration.poll_url)
    with transaction.atomic():
        was = rows.select_for_update().values_list("poll_error", flat=True).first()
        rows.update(poll_error=error, **({} if error else {"polled_at": now}))
        if was is None or bool(was) == bool(error):
            return
        kind = "integration.upstream_silent" if error else "integration.upstream_answers"
        events.record(kind, integration, actor=None, what=error)


def _address(said: str) -> str:
    """Return the address without the path that we add ourselves."""
    return said.strip().rstrip("/").removesuffix(PATH).rstrip("/")
