"""The demo's pace: hours that people entered, and a manager who looked and said why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from operations.load.periods import period_of
from operations.models import LoadLook, PaceWarning, WeeklyHours
from portal.demo import Story, keep, tell, wipe

# From last week on back: hours, and those of operational work.
ENTERED: dict[str, list[tuple[int, int | None]]] = {
    "olivia": [(39, 18), (41, 22), (40, 15), (38, 17), (44, 27), (40, 16)],
    "ana": [(49, 30), (51, 33), (43, 20), (40, 18), (41, 19), (39, 16)],
    "jun": [(40, None), (38, None), (42, None)],
}


def load(story: Story) -> None:
    monday = period_of("week", story.at(0, 9).date()).first
    for name, weeks in ENTERED.items():
        person = story.people[name]
        for number, (hours, operational) in enumerate(weeks, start=1):
            row = WeeklyHours(
                person=person,
                monday=monday - timedelta(weeks=number),
                hours=Decimal(hours),
                operational=None if operational is None else Decimal(operational),
                is_demo=True,
            )
            keep(row, by=person, at=story.at(7 * number - 6, 9))
    _look(story)


def remove() -> None:
    LoadLook.objects.filter(is_demo=True).delete()
    PaceWarning.objects.filter(is_demo=True).delete()
    wipe(WeeklyHours.objects.filter(is_demo=True))


def _look(story: Story) -> None:
    team, manager, at = story.teams["Platform"], story.manager("Platform"), story.at(20, 10)
    period = period_of("month", story.at(35, 9).date())
    look = LoadLook.objects.create(
        team=team,
        looker=manager,
        purpose="Pay for standby of the month before",
        period=period.kind,
        first=period.first,
        after=period.after,
        looked_at=at,
        ends_at=at + timedelta(days=1),
        is_demo=True,
    )
    look.people.set(story.members("Platform"))
    tell("pace.looked", look, at=at, actor=manager, team=team.pk, people=4)
