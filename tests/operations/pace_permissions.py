"""Who may do what at the URLs of load; a part of `permission_table`."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from operations import workflow
from operations.load.periods import period_of
from operations.models import PaceWarning
from portal import clock
from tests.permissions import (
    ADMINISTER,
    DONE,
    LOOK,
    MANAGER_ONLY,
    OLIVIAS_ALONE,
    TEAM,
    WORK,
    Answers,
    Rule,
    api,
    form,
    page,
    verb,
)

# His own look; others are told that there is no such thing, administrators too.
MAXS_ALONE: Answers = (404, 404, 404, DONE, 404)
# Those who are looked at read of it, but not what he sees.
MAXS_AND_OLIVIAS: Answers = (404, 404, DONE, DONE, 404)
MONDAY = date(2026, 3, 2)


def furnish_pace(world: dict[str, Any]) -> None:
    """Give Olivia hours and a warning, and have Max look at her team."""
    olivia, now = world["olivia"], clock.now()
    world["week"] = workflow.set_weekly_hours(
        olivia, monday=MONDAY, hours=Decimal(41), actor=olivia
    )
    span = {"about": now - timedelta(hours=9), "ends_at": now, "due_at": now}
    world["warning"] = PaceWarning.objects.create(
        person=olivia, kind="rest", value=1, limit=0, **span
    )
    period = period_of("month", now.date())
    purpose = "Pay for this month"
    world["look"] = workflow.look_at_load(
        world["payments"], period=period, purpose=purpose, actor=world["max"]
    )


LOOKED: dict[str, Any] = {"pk": "look.pk"}
WEEK: dict[str, Any] = {"pk": "week.pk"}
WARNING: dict[str, Any] = {"pk": "warning.pk"}

PACE_TABLE: dict[str, Rule] = {
    "operations:pace": page(),
    "operations:pace-rows": page(key="on_call"),
    "operations:pace-export": page(),
    "operations:pace-hours": verb(WORK),
    "operations:pace-hours-remove": verb(OLIVIAS_ALONE, **WEEK),
    "operations:pace-warning-settle": verb(OLIVIAS_ALONE, **WARNING),
    "operations:pace-settings": form(LOOK, post=ADMINISTER),
    "operations:pace-team": form(TEAM, post=MANAGER_ONLY, slug="payments.slug"),
    "operations:pace-look": page(MAXS_ALONE, **LOOKED),
    "operations:pace-look-export": page(MAXS_ALONE, **LOOKED),
    "operations:pace-look-rows": page(MAXS_ALONE, **LOOKED, person="olivia.pk", key="on_call"),
    "load": api(LOOK),
    "load-team": api(TEAM, slug="payments.slug"),
    "loadlook-list": api(LOOK, post=WORK),
    "loadlook-detail": api(MAXS_AND_OLIVIAS, **LOOKED),
    "loadlook-people": api(MAXS_ALONE, **LOOKED),
    "weeklyhours-list": api(LOOK, post=WORK),
    "weeklyhours-detail": api(OLIVIAS_ALONE, delete=OLIVIAS_ALONE, **WEEK),
    "pacewarning-list": api(LOOK),
    "pacewarning-detail": api(OLIVIAS_ALONE, **WARNING),
    "pacewarning-settle": api(post=OLIVIAS_ALONE, **WARNING),
    "pace-settings": api(LOOK, patch=ADMINISTER),
}
