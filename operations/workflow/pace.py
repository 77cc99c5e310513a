"""Limits of load, hours that people enter, and looks at the load of single people."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from operations import load_teams
from operations.load.buckets import PersonalClock
from operations.load.periods import Period
from operations.models import LoadLook, PaceSettings, WeeklyHours
from operations.models.pace import LOOKS_LAST
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Team, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields, wrong


@transaction.atomic
def change_pace_settings(*, actor: User | None, **fields: int) -> PaceSettings:
    """Set the limits; warnings are found by them from the next look on."""
    row = PaceSettings.objects.select_for_update().order_by("pk").first() or PaceSettings()
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.changed_by = actor
    row.save()
    events.record("pace.settings_changed", row, actor=actor, what=", ".join(sorted(fields)))
    return row


@transaction.atomic
def set_weekly_hours(
    person: User,
    *,
    monday: date,
    hours: Decimal,
    operational: Decimal | None = None,
    actor: User | None,
) -> WeeklyHours:
    """Enter the hours of a week; entered again, they are corrected."""
    if monday.weekday():
        raise wrong("monday", _("A week begins on a Monday."), "not_a_monday")
    if monday > PersonalClock(person.time_zone).local(clock.now()).date():
        raise wrong("monday", _("This week has not begun yet."), "in_future")
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    fields = {"hours": hours, "operational": operational}
    row = WeeklyHours.objects.filter(person=person, monday=monday).first()
    if row is None:
        new = WeeklyHours(person=person, monday=monday, is_demo=person.is_demo, **fields)
        row = add(new, actor=actor)
        events.record("pace.hours_entered", row, actor=actor)
        return row
    row = locked(row)
    if set_fields(row, fields, actor=actor):
        events.record("pace.hours_corrected", row, actor=actor)
    return row


@transaction.atomic
def remove_weekly_hours(row: WeeklyHours, *, actor: User | None) -> None:
    """Take back what was entered."""
    found = locked(row)
    events.record("pace.hours_removed", found, actor=actor)
    delete_as(found, actor)


@transaction.atomic
def look_at_load(team: Team, *, period: Period, purpose: str, actor: User) -> LoadLook:
    """Let a manager see the load of single people for a day; each of them can read why."""
    now = clock.now()
    if period.first > PersonalClock(actor.time_zone).local(now).date():
        raise refuse("not_begun", _("This time has not begun yet."))
    people = load_teams.people_at_end([team], period, now=now)[team.pk]
    look = LoadLook(
        team=team,
        looker=actor,
        purpose=purpose.strip(),
        period=period.kind,
        first=period.first,
        after=period.after,
        looked_at=now,
        ends_at=now + LOOKS_LAST,
        is_demo=team.is_demo,
    )
    look.full_clean()
    look.save()
    look.people.set(people)
    events.record("pace.looked", look, actor=actor, team=team.pk, people=len(people))
    return look


def require_open(look: LoadLook) -> None:
    """Raise where the day of a look is over."""
    if reasons := why_not_read(look):
        raise TransitionNotAllowed(reasons)


def why_not_read(look: LoadLook) -> list[Refusal]:
    if clock.now() < look.ends_at:
        return []
    return [
        Refusal(
            "look_is_over",
            _("This look is over: it lasts a day."),
            _("Say again why you look."),
        )
    ]


@transaction.atomic
def export_look(look: LoadLook, *, actor: User) -> None:
    """Record that the load of single people left the portal as a file."""
    require_open(look)
    events.record("pace.exported", look, actor=actor, team=look.team_id)
