"""The demo's freeze in the season of sales, and the nights in which Sign-in is changed."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from maintenance.models import (
    ChangeWindow,
    ConflictCheck,
    ExclusiveResource,
    Freeze,
    FreezeState,
    RecurringOccurrence,
    RecurringWork,
    TimeOverride,
)
from maintenance.recurring_forms import preset
from maintenance.workflow import make_drafts, publish_missing
from portal.demo import Story, keep, tell, wipe


def load(story: Story) -> None:
    _freeze(story)
    _nights(story)
    _resources(story)
    _recurring(story)
    publish_missing()


def remove() -> None:
    TimeOverride.objects.filter(request__service__is_demo=True).delete()
    for kept in (ConflictCheck, RecurringOccurrence):
        kept.objects.filter(request__service__is_demo=True).delete()
    RecurringWork.objects.filter(service__is_demo=True).update(follows=None)
    RecurringOccurrence.objects.filter(work__service__is_demo=True).delete()
    wipe(RecurringWork.objects.filter(service__is_demo=True))
    wipe(ExclusiveResource.objects.filter(is_demo=True))
    wipe(Freeze.objects.filter(is_demo=True))
    wipe(ChangeWindow.objects.filter(is_demo=True))


def _freeze(story: Story) -> None:
    made, approved = story.at(9, 10), story.at(8, 16)
    shops = [story.services[name] for name in ("Checkout", "Web shop", "Payments API")]
    author = story.manager(story.team_of(shops[1]))
    other = story.manager(story.team_of(shops[0]))
    starts_at = story.by_the_wall(-24, 18)
    freeze = Freeze(
        name="Season of sales",
        reason="Four weeks make a third of the year's turnover. Only repairs of P0, please.",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=14),
        closes_at=starts_at + timedelta(days=14),
        author=author,
        is_demo=True,
    )
    keep(freeze, by=author, at=made)
    freeze.services.set(shops)
    tell("freeze.drafted", freeze, at=made, actor=author)
    if other == author:
        return
    freeze.state, freeze.approved_by, freeze.approved_at = FreezeState.APPROVED, other, approved
    keep(freeze, by=other, at=approved)
    tell("freeze.approved", freeze, at=approved, actor=other)


def _nights(story: Story) -> None:
    made = story.at(60, 11)
    service = story.services["Sign-in"]
    manager = story.manager(story.team_of(service))
    window = ChangeWindow(
        name="Monthly maintenance window",
        frequency="monthly",
        nth=1,
        weekdays=[0],
        starts_on=date(story.now.year - 1, 1, 1),
        at=time(22),
        minutes=240,
        time_zone="Europe/Berlin",
        is_demo=True,
    )
    keep(window, by=manager, at=made)
    window.services.set([service])
    tell("change_window.set_up", window, at=made, actor=manager)


def _resources(story: Story) -> None:
    made = story.at(50, 9)
    services = [story.services[name] for name in ("Checkout", "Payments API")]
    manager = story.manager(story.team_of(services[0]))
    for name, note in [
        ("Test laboratory", "Terminals and cards of the networks, one set of each."),
        ("Load balancer pair", "Both balancers are touched when either is."),
    ]:
        resource = ExclusiveResource(name=name, note=note, is_demo=True)
        keep(resource, by=manager, at=made)
        resource.services.set(services)


# What is done again and again: the kind, the service, and the hour of its first day.
RECURRING = [
    ("vacuum", "Orders database", 22),
    ("logs", "Queue", 6),
    ("certificates", "Web shop", 9),
    ("scan", "Sign-in", 5),
    ("dependencies", "Checkout", 10),
    ("tuning", "Search", 14),
]


def _recurring(story: Story) -> None:
    made = story.at(45, 15)
    for kind, name, hour in RECURRING:
        service = story.services[name]
        team = story.team_of(service)
        members = [each for each in story.members(team) if each != story.manager(team)]
        fields: dict[str, Any] = {**preset(kind), "at": time(hour)}
        work = RecurringWork(
            service=service,
            owner=members[0],
            starts_on=made.date(),
            time_zone="Europe/Berlin",
            lead_days=21,
            announces=kind == "vacuum",
            made_at=made,
            is_demo=True,
            **fields,
        )
        keep(work, by=members[0], at=made)
        work.implementers.set(members)
        tell("recurring.set_up", work, at=made, actor=members[0], service=service)
        make_drafts(work, now=story.now)
