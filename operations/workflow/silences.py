"""Verbs on silences: make, change and end them, by people and for maintenance windows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from operations import matchers as matching
from operations import noise
from operations.models import Alert, AtEnd, Behaviour, Silence, SilenceKind
from operations.weekly import check_weekly
from operations.workflow.silence_looks import (
    candidates,
    locked_silence,
    look_at_silence,
    record,
)
from portal import clock
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, Team, User

CHANGEABLE = {"matchers", "starts_at", "ends_at", "reason", "weekly", "time_zone", "at_end"}


def make_silence(
    *,
    reason: str,
    ends_at: datetime,
    starts_at: datetime | None = None,
    matchers: Iterable[Any] = (),
    team: Team | None = None,
    services: Iterable[Service] = (),
    weekly: list[Any] | None = None,
    time_zone: str = "UTC",
    at_end: str = AtEnd.REPROCESS,
    actor: User | None,
    now: datetime | None = None,
) -> Silence:
    """
    Have certain alerts wake nobody in `[starts_at, ends_at)`; those that fire already, too.

    Raises `ValidationError` for what cannot be read, and `TransitionNotAllowed` for a silence
    that would be over already or would hold everything there is.
    """
    now = now or clock.now()
    silence = Silence(
        kind=SilenceKind.RECURRING if weekly else SilenceKind.PERSON,
        team=team,
        matchers=matching.parse(list(matchers)),
        starts_at=starts_at or now,
        ends_at=ends_at,
        reason=reason.strip(),
        owner=actor,
        weekly=check_weekly(weekly or []),
        time_zone=time_zone,
        at_end=at_end,
        due_at=now,
    )
    _write(silence, list(services), actor, now)
    look_at_silence(silence.pk, now=now)
    silence.refresh_from_db()
    return silence


@transaction.atomic
def _write(
    silence: Silence, services: list[Service], actor: User | None, now: datetime
) -> None:
    if reasons := why_not_silence(silence, services, now):
        raise TransitionNotAllowed(reasons)
    silence.is_demo = _is_made_up(silence, services)
    silence.full_clean()
    silence.changed_by = actor
    silence.save()
    silence.services.set(services)
    record("silence.created", silence, services, actor)


def change_silence(
    silence: Silence,
    *,
    actor: User | None,
    services: Iterable[Service] | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> Silence:
    """Change what is given of a silence that is not over; extending it is changing its end."""
    assert fields.keys() <= CHANGEABLE, fields
    now = now or clock.now()
    _change(silence.pk, None if services is None else list(services), fields, actor, now)
    look_at_silence(silence.pk, now=now)
    silence.refresh_from_db()
    return silence


@transaction.atomic
def _change(
    pk: int,
    services: list[Service] | None,
    fields: dict[str, Any],
    actor: User | None,
    now: datetime,
) -> None:
    locked = locked_silence(pk)
    if reasons := why_not_change_silence(locked, now):
        raise TransitionNotAllowed(reasons)
    if "matchers" in fields:
        fields["matchers"] = matching.parse(list(fields["matchers"]))
    if "weekly" in fields:
        fields["weekly"] = check_weekly(fields["weekly"])
        locked.kind = SilenceKind.RECURRING if fields["weekly"] else SilenceKind.PERSON
    before = {"starts_at": locked.starts_at, "ends_at": locked.ends_at}
    for name, value in fields.items():
        setattr(locked, name, value)
    affected = list(locked.services.all()) if services is None else services
    if reasons := why_not_silence(locked, affected, now):
        raise TransitionNotAllowed(reasons)
    locked.full_clean()
    if locked.ends_at != before["ends_at"]:
        locked.reminded_at = None
    locked.due_at = now
    locked.changed_by = actor
    locked.save()
    locked.services.set(affected)
    was = {name: at.isoformat() for name, at in before.items()}
    record("silence.changed", locked, affected, actor, was=was)


def end_silence(silence: Silence, *, actor: User | None, at: datetime | None = None) -> Silence:
    """End it now, whatever end was agreed; what still fires is looked at again."""
    now = at or clock.now()
    _end(silence.pk, actor, now)
    look_at_silence(silence.pk, now=now)
    silence.refresh_from_db()
    return silence


@transaction.atomic
def _end(pk: int, actor: User | None, now: datetime) -> None:
    locked = locked_silence(pk)
    if reasons := why_not_change_silence(locked, now):
        raise TransitionNotAllowed(reasons)
    locked.ended_at = locked.due_at = now
    locked.changed_by = actor
    locked.save(update_fields=["ended_at", "due_at"])
    record("silence.ended_early", locked, list(locked.services.all()), actor)


@transaction.atomic
def maintenance_silence(
    *,
    reference: str,
    services: Iterable[Service],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    behaviour: str = Behaviour.HOLD,
    at_end: str = AtEnd.REPROCESS,
    actor: User | None,
    now: datetime | None = None,
) -> Silence | None:
    """
    Make the silence of an upper floor's work, or bring the one it has in line; idempotent.

    None where there is none and its time is over. The pager looks at it within a second.
    """
    now = now or clock.now()
    rows = Silence.objects.select_for_update(of=("self",), no_key=True)
    silence = rows.filter(reference=reference).first()
    if silence is None and ends_at <= now:
        return None
    is_new = silence is None
    silence = silence or Silence(
        reference=reference, kind=SilenceKind.MAINTENANCE, owner=actor, ends_at=ends_at
    )
    wanted = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "reason": reason[:300],
        "behaviour": behaviour,
        "at_end": at_end,
    }
    services = list(services)
    is_same = not is_new and set(silence.services.all()) == set(services)
    if is_same and all(getattr(silence, name) == value for name, value in wanted.items()):
        return silence
    for name, value in wanted.items():
        setattr(silence, name, value)
    silence.ended_at = silence.reminded_at = None
    silence.is_demo = _is_made_up(silence, services)
    silence.due_at = now
    silence.changed_by = actor
    silence.save()
    silence.services.set(services)
    record("silence.created" if is_new else "silence.changed", silence, services, actor)
    return silence


@transaction.atomic
def end_maintenance_silence(
    *, reference: str, actor: User | None, now: datetime | None = None
) -> None:
    """End the silence of work that was called off or finished early; nothing if it has none."""
    now = now or clock.now()
    rows = Silence.objects.select_for_update(of=("self",), no_key=True)
    silence = rows.filter(reference=reference, ended_at=None).first()
    if silence is None or silence.over_at <= now:
        return
    silence.ended_at = silence.due_at = now
    silence.changed_by = actor
    silence.save(update_fields=["ended_at", "due_at"])
    record("silence.ended_early", silence, list(silence.services.all()), actor)


def _is_made_up(silence: Silence, services: list[Service]) -> bool:
    """Whether it holds alerts of the demo only, and goes when the demo goes."""
    if services:
        return all(service.is_demo for service in services)
    return silence.team is not None and silence.team.is_demo


def why_not_silence(silence: Silence, services: list[Service], now: datetime) -> list[Refusal]:
    """Return every reason why such a silence makes no sense."""
    reasons = []
    if not silence.matchers and not services:
        sentence = _("This would hold every alert there is.")
        if silence.team is not None:
            sentence = _("This would hold every alert of %(team)s.") % {"team": silence.team}
        remedy = _("Say which alerts: by at least one matcher or service.")
        reasons.append(Refusal("holds_everything", sentence, remedy))
    if silence.ends_at <= now:
        sentence = _("This silence would be over already.")
        reasons.append(Refusal("over_already", sentence, _("Choose an end in the future.")))
    if silence.team is not None:
        strange = [service.name for service in services if service.team_id != silence.team_id]
        if strange:
            sentence = _("%(services)s: not a service of %(team)s.")
            words = {"services": ", ".join(strange), "team": silence.team}
            reasons.append(Refusal("other_teams_service", sentence % words))
    return reasons


def why_not_change_silence(silence: Silence, now: datetime) -> list[Refusal]:
    """Return every reason why this silence can be neither changed nor ended by a person."""
    if silence.state_at(now) == "expired":
        remedy = _("Copy it to a new one.")
        return [Refusal("silence_over", _("This silence is over."), remedy)]
    if silence.kind == SilenceKind.MAINTENANCE:
        sentence = _("This silence belongs to a maintenance window.")
        remedy = _("Change or call off the window; the silence follows.")
        return [Refusal("belongs_to_window", sentence, remedy)]
    return []


def would_hold(
    *, matchers: Iterable[Any], team: Team | None, services: Iterable[Service]
) -> list[Alert]:
    """Return the alerts firing now that a silence like this would hold."""
    rows = matching.parse(list(matchers))
    team_id = team.pk if team else None
    chosen = {service.pk for service in services}
    firing = candidates(team_id, chosen)
    return [
        alert
        for alert in firing
        if noise.covers(rows, team_id=team_id, service_ids=chosen, alert=alert)
    ]
