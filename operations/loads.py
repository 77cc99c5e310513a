"""
The load of people, read from what was written down: shifts, pages, hours, and public holidays.

Everything is read for all people at once, in a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import F, Min, Q

from operations.load.buckets import PersonalClock
from operations.load.duties import Duty
from operations.load.figures import Figures, Rows
from operations.load.incidents import Begun
from operations.load.interruptions import Page
from operations.load.limits import Limits
from operations.load.periods import Period
from operations.load.spans import Span, span
from operations.load.weeks import WeekWorked
from operations.models import (
    BusinessHours,
    PaceSettings,
    PastShift,
    PlannedShift,
    WeeklyHours,
)
from portal.memo import once
from portal.models import Membership, Notification, SendState, User

# Weeks running begin before the period, and its first morning belongs to a night before it.
LOOKS_BACK = timedelta(weeks=13)
ZONES_APART = timedelta(hours=26)
INCIDENT = "incident:"

DELIVERED = Q(state=SendState.SENT) | Q(state=SendState.BUNDLED, bundle__state=SendState.SENT)


def limits() -> Limits:
    return once("pace limits", lambda: settings().limits)


def settings() -> PaceSettings:
    return PaceSettings.objects.order_by("pk").first() or PaceSettings()


def today(person: User, now: datetime) -> date:
    return PersonalClock(person.time_zone).local(now).date()


def figures_of(people: Iterable[User], period: Period, *, now: datetime) -> dict[User, Figures]:
    """The figures of each person, by the clock of each."""
    everybody = list(people)
    whole = period.span(PersonalClock())
    around = Span(whole.starts_at - LOOKS_BACK, whole.ends_at + ZONES_APART)
    rows = rows_of(everybody, around)
    bounds = limits()
    return {each: Figures(rows[each.pk], period, bounds, now) for each in everybody}


def rows_of(people: Iterable[User], around: Span) -> dict[int, Rows]:
    clocks = clocks_of(people)
    duties, planned = _duties(clocks, around), _planned(clocks, around)
    pages, weeks = _pages(clocks, around), _weeks(clocks, around)
    begun = _begun({page.topic for mine in pages.values() for page in mine})
    return {
        who: Rows(
            clock=clock,
            duties=duties[who],
            planned=planned[who],
            pages=pages[who],
            incidents=[
                Begun(begun[topic], topic)
                for topic in {page.topic for page in pages[who]}
                if topic in begun
            ],
            weeks=weeks[who],
        )
        for who, clock in clocks.items()
    }


def clocks_of(people: Iterable[User]) -> dict[int, PersonalClock]:
    """Each person's zone, with the holidays of a team of theirs, or else of the house."""
    zones = {person.pk: person.time_zone for person in people}
    hours = BusinessHours.objects.exclude(country="").filter(service=None)
    countries: dict[int | None, tuple[str, str]] = {
        team: (country, subdivision)
        for team, country, subdivision in hours.order_by("-is_demo", "pk").values_list(
            "team", "country", "subdivision"
        )
    }
    places = dict.fromkeys(zones, countries.get(None, ("", "")))
    mine = Membership.objects.filter(person__in=zones, team__in=[t for t in countries if t])
    for who, team in mine.order_by("-team").values_list("person", "team"):
        places[who] = countries[team]
    return {who: PersonalClock(zone, *places[who]) for who, zone in zones.items()}


def _duties(people: Mapping[int, object], around: Span) -> dict[int, list[Duty]]:
    found: dict[int, list[Duty]] = defaultdict(list)
    rows = PastShift.objects.filter(_touches(around)).order_by("starts_at", "pk")
    for row in rows:
        for place, who in enumerate(row.people):
            if who in people:
                duty = Duty(
                    span(row.starts_at, row.ends_at),
                    row.schedule_id,
                    is_primary=place == 0,
                    is_override=row.source.startswith("override"),
                    slot=row.slot,
                    row=row.pk,
                )
                found[who].append(duty)
    return found


def _planned(people: Mapping[int, object], around: Span) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    rows = PlannedShift.objects.filter(_touches(around)).order_by("starts_at")
    for starts_at, ends_at, named in rows.values_list("starts_at", "ends_at", "people"):
        for who in people.keys() & set(named):
            found[who].append(span(starts_at, ends_at))
    return found


def _touches(around: Span) -> Q:
    return Q(starts_at__lt=around.ends_at, ends_at__gt=around.starts_at)


def _pages(people: Mapping[int, object], around: Span) -> dict[int, list[Page]]:
    """What was delivered; what was bundled came when its bundle did."""
    found: dict[int, list[Page]] = defaultdict(list)
    rows = Notification.objects.filter(DELIVERED, kind="page", person__in=list(people))
    in_time = Q(sent_at__range=tuple(around)) | Q(bundle__sent_at__range=tuple(around))
    columns = ("person", "sent_at", "lane", "occasion", "topic", "subject", "pk")
    for row in rows.filter(in_time).values_list(*columns, "bundle__sent_at", "bundle__lane"):
        who, sent_at, lane, occasion, topic, subject, pk, later, other_lane = row
        came_by = (other_lane if sent_at is None else lane) or "email"
        page = Page(sent_at or later, occasion, _channel(came_by), topic, subject, pk)
        found[who].append(page)
    return found


def _channel(lane: str) -> str:
    """`email:host` and `apprise:mailto` are mail, `apprise:twilio` is not."""
    kind, _colon, scheme = lane.partition(":")
    return "email" if kind == "email" or scheme in {"mailto", "mailtos"} else scheme or kind


def _begun(topics: set[str]) -> dict[str, datetime]:
    """When each incident paged anybody first, in whatever period that was."""
    wanted = [topic for topic in topics if topic.startswith(INCIDENT)]
    rows = Notification.objects.filter(kind="page", topic__in=wanted)
    return dict(
        rows.values_list("topic").annotate(begun=Min("wanted_at")).values_list("topic", "begun")
    )


def _weeks(people: Mapping[int, object], around: Span) -> dict[int, list[WeekWorked]]:
    found: dict[int, list[WeekWorked]] = defaultdict(list)
    rows = WeeklyHours.objects.filter(
        person__in=list(people),
        monday__range=(around.starts_at.date(), around.ends_at.date()),
    )
    for row in rows.order_by(F("monday").asc()):
        said = None if row.operational is None else float(row.operational)
        found[row.person_id].append(WeekWorked(row.monday, float(row.hours), said, row.pk))
    return found
