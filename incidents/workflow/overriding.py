"""Verbs that have a component show what a person says, for a while, whatever is known of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import ComponentState, StateOverride, StatusComponent
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User

LONGEST = timedelta(days=7)


@transaction.atomic
def override_state(
    component: StatusComponent,
    *,
    state: str,
    reason: str,
    ends_at: datetime,
    actor: User | None,
) -> StateOverride:
    """Have it show this state until then; one that runs already ends now. Why is kept."""
    locked = StatusComponent.objects.select_for_update(of=("self",)).get(pk=component.pk)
    now = clock.now()
    if reasons := why_not_override(locked, ends_at, now):
        raise TransitionNotAllowed(reasons)
    _end(locked, now, actor)
    made = StateOverride(
        component=locked,
        state=ComponentState(state),
        reason=reason,
        author=actor,
        started_at=now,
        ends_at=ends_at,
    )
    made.changed_by = actor
    made.save()
    events.record(
        "status_component.overridden",
        locked,
        actor=actor,
        state=str(state),
        reason=reason,
        ends_at=ends_at.isoformat(),
    )
    return made


@transaction.atomic
def end_override(component: StatusComponent, *, actor: User | None) -> StatusComponent:
    """Let it show again what is known of it."""
    locked = StatusComponent.objects.select_for_update(of=("self",)).get(pk=component.pk)
    now = clock.now()
    if not locked.overrides.running_at(now).exists():
        raise refuse("not_overridden", _("It shows what is known of it."))
    _end(locked, now, actor)
    events.record("status_component.override_ended", locked, actor=actor)
    return locked


def why_not_override(
    component: StatusComponent, ends_at: datetime, now: datetime
) -> list[Refusal]:
    """Return every reason why it cannot show something else until then."""
    found = []
    if component.retired_at is not None:
        sentence = _("%(name)s is off the status page.") % {"name": component.name}
        found.append(Refusal("component_retired", sentence, _("Put it back first.")))
    if ends_at <= now:
        sentence = _("It would be over already.")
        found.append(Refusal("ends_in_the_past", sentence, _("Name a later moment.")))
    elif ends_at > now + LONGEST:
        sentence = _("It would be forgotten: it can last %(n)d days.") % {"n": LONGEST.days}
        found.append(Refusal("lasts_too_long", sentence, _("Name an earlier moment.")))
    return found


def _end(locked: StatusComponent, now: datetime, actor: User | None) -> None:
    """Close the one that runs, and one whose time is over."""
    for row in StateOverride.objects.filter(component=locked, ended_at=None):
        row.ended_at, row.changed_by = min(now, row.ends_at), actor
        row.save(update_fields=["ended_at"])
