"""
The look at each silence when it begins, pauses, is about to end and is over.

When it must be looked at next is a column (`due_at`), so that no beginning and no end is
missed; whether it holds an alert that comes in between is asked of its times (`noise`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations import matchers as matching
from operations import noise
from operations.models import Alert, Behaviour, Hold, Silence
from operations.workflow import holds
from portal import events
from portal.models import Service, Urgency, User
from portal.notify import notify
from portal.sweeping import each

NAMED = 10  # alerts in a message


def look_at_silences(now: datetime, *, limit: int = 50) -> int:
    """Look at each silence that is due; return how many there were."""
    due = Silence.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    pks = list(due.values_list("pk", flat=True)[:limit])
    return each(pks, lambda pk: look_at_silence(pk, now=now), what="Silence")


def look_at_silence(pk: int, *, now: datetime) -> None:
    """
    Hold what it covers from now on and let go what it does not, then say when to look again.

    Alerts go first, service by service: a process that dies in between leaves the silence due,
    and doing it again changes nothing.
    """
    silence = Silence.objects.prefetch_related("services").filter(pk=pk).first()
    if silence is None:
        return
    concerned = set(silence.holds.filter(released_at=None).values_list("alert_id", flat=True))
    if noise.holds_at(silence, now) and silence.behaviour != Behaviour.ESCALATE:
        services = {service.pk for service in silence.services.all()}
        firing = candidates(silence.team_id, services)
        concerned |= {alert.pk for alert in firing if noise.describes(silence, alert)}
    holds.reconsider(concerned, now=now)
    _settle(silence, now)


@transaction.atomic
def _settle(seen: Silence, now: datetime) -> None:
    """Note what the silence has come to, unless somebody changed it meanwhile."""
    silence = locked_silence(seen.pk)
    if silence.due_at != seen.due_at:
        return
    was_active, is_over = silence.is_active, silence.over_at <= now
    silence.is_active = noise.holds_at(silence, now)
    if silence.is_active and not was_active:
        record("silence.started", silence, list(silence.services.all()), None)
    if not is_over and _reminder_at(silence) <= now and silence.reminded_at is None:
        silence.reminded_at = now
        _remind(silence)
    silence.due_at = None if is_over else _next_look(silence, now)
    if is_over:
        record("silence.ended", silence, list(silence.services.all()), None)
        _tell_owner_of_end(silence)
    # Clockwork leaves no version.
    Silence.objects.filter(pk=silence.pk).update(
        is_active=silence.is_active, due_at=silence.due_at, reminded_at=silence.reminded_at
    )


def _next_look(silence: Silence, now: datetime) -> datetime | None:
    moments = [noise.next_change(silence, now)]
    if silence.reminded_at is None:
        moments.append(_reminder_at(silence))
    return min((moment for moment in moments if moment and moment > now), default=None)


def _reminder_at(silence: Silence) -> datetime:
    lead = timedelta(minutes=noise.settings().remind_minutes)
    return silence.ends_at - min(lead, (silence.ends_at - silence.starts_at) / 4)


def _remind(silence: Silence) -> None:
    if silence.owner is None:
        return
    _notify(
        silence,
        silence.owner,
        "ending",
        _("Your silence ends soon: %(reason)s") % {"reason": silence},
        [_held_now(silence), _("Extend it if the work goes on; what still fires pages then.")],
    )


def _tell_owner_of_end(silence: Silence) -> None:
    if silence.owner is None:
        return
    rows = Hold.objects.filter(silence=silence).select_related("alert").order_by("-pk")
    names = list(dict.fromkeys(row.alert.name for row in rows[:200]))
    held = rows.values("alert").distinct().count()
    lines = [ngettext("It held %(n)d alert.", "It held %(n)d alerts.", held) % {"n": held}]
    lines += names[:NAMED]
    woke = rows.filter(outcome=Hold.Outcome.REPROCESSED).values("alert").distinct().count()
    if woke:
        sentence = ngettext(
            "%(n)d still fired and was taken up again.",
            "%(n)d still fired and were taken up again.",
            woke,
        )
        lines.append(sentence % {"n": woke})
    subject = _("Your silence has ended: %(reason)s") % {"reason": silence}
    _notify(silence, silence.owner, "ended", subject, lines)


def _held_now(silence: Silence) -> str:
    held = silence.holds.filter(released_at=None).count()
    return ngettext("It holds %(n)d alert now.", "It holds %(n)d alerts now.", held) % {
        "n": held
    }


def _notify(silence: Silence, owner: User, what: str, subject: str, lines: list[str]) -> None:
    notify(
        owner,
        key=f"silence:{silence.pk}:{what}:{silence.over_at.isoformat()}",
        urgency=Urgency.LOW,
        kind="silence",
        subject=subject,
        body="\n".join(lines),
        url=silence.get_absolute_url(),
        topic=f"silence:{silence.pk}",
    )


def candidates(team_id: int | None, service_ids: set[int]) -> list[Alert]:
    firing = Alert.objects.firing().with_list_columns()
    if team_id is not None:
        firing = firing.filter(service__team=team_id)
    if service_ids:
        firing = firing.filter(service__in=service_ids)
    return list(firing)


def locked_silence(pk: int) -> Silence:
    # No key lock: a hold that refers to it may be written meanwhile.
    rows = Silence.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("team", "owner").get(pk=pk)


def record(
    kind: str, silence: Silence, services: list[Service], actor: User | None, **data: Any
) -> None:
    events.record(
        kind,
        silence,
        actor=actor,
        service=services[0] if len(services) == 1 else None,
        matchers=matching.text(silence.matchers),
        services=[service.slug for service in services],
        starts_at=silence.starts_at.isoformat(),
        ends_at=silence.over_at.isoformat(),
        **data,
    )
