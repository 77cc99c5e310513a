"""
How a person is reached: the ways of each urgency, in the order of their times.

Pages, the simulation and the proof of coverage all ask here; what is answered is what
`portal.notify` then does. With no rule of their own, a person is reached by the address
that they sign in with; with nothing but broken ways, by that address too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from portal.errors import Refusal
from portal.models import (
    ContactKind,
    ContactMethod,
    NotificationRule,
    Team,
    Urgency,
    User,
)
from portal.natures import Nature, lane_of, mask, nature_of


@dataclass(frozen=True)
class Way:
    """One step of a person's chain: `after` it fell due, a message leaves by this way."""

    contact: ContactMethod | None
    label: str
    masked: str
    after: timedelta
    is_verified: bool
    is_broken: bool
    nature: Nature = Nature.MAIL
    lane: str = ""
    verified_at: datetime | None = None

    @property
    def after_minutes(self) -> int:
        return self.after // timedelta(minutes=1)


@dataclass(frozen=True)
class OnCallSoon:
    """Somebody who is on call for a team within the days asked about, and from when."""

    team: Team
    person: User
    starts_at: datetime


@dataclass(frozen=True)
class Asked:
    """What a filler of the slot is asked about."""

    starts_at: datetime
    ends_at: datetime


def ways(person: User, urgency: Urgency) -> list[Way]:
    """Return the person's chain for this urgency, the soonest first; never empty."""
    return ways_of([person], urgency)[person.pk]


def ways_of(people: Iterable[User], urgency: Urgency) -> dict[int, list[Way]]:
    """Return the chain of each of the people, by their id, with a single question."""
    wanted = {person.pk: person for person in people}
    chains: dict[int, list[Way]] = {pk: [] for pk in wanted}
    rules = NotificationRule.objects.filter(person__in=wanted, urgency=urgency)
    for rule in rules.select_related("contact"):
        person = wanted[rule.person_id]
        chains[person.pk].append(way_by(person, rule.contact, rule.after))
    for pk, chain in chains.items():
        if all(way.is_broken for way in chain):
            chain.insert(0, way_by(wanted[pk], None, timedelta(0)))
    return chains


def way_by(person: User, contact: ContactMethod | None, after: timedelta) -> Way:
    """Return the step that a rule describes; without a contact, by the sign-in address."""
    kind = contact.kind if contact else ContactKind.EMAIL.value
    destination = contact.destination if contact else person.email
    return Way(
        contact=contact,
        label=contact.label if contact else _("Sign-in address"),
        masked=mask(kind, destination),
        after=after,
        is_verified=contact is not None and contact.verified_at is not None,
        is_broken=contact is not None and contact.is_broken,
        nature=nature_of(kind, destination),
        lane=lane_of(kind, destination),
        verified_at=contact.verified_at if contact else None,
    )


def due_times(person: User, urgency: Urgency, at: datetime) -> list[tuple[Way, datetime]]:
    """Return when a message that falls due at `at` leaves by each way, while nobody answers."""
    start = not_in_quiet_hours(person, urgency, at)
    return [
        (way, not_in_quiet_hours(person, urgency, start + way.after))
        for way in ways(person, urgency)
    ]


def not_in_quiet_hours(person: User, urgency: Urgency, at: datetime) -> datetime:
    """Return `at`, or the end of the quiet hours that it falls into; high urgency has none."""
    start, end = person.quiet_from, person.quiet_until
    if urgency == Urgency.HIGH or start is None or end is None or start == end:
        return at
    zone = ZoneInfo(person.time_zone)
    local = at.astimezone(zone)
    clock_time = local.time()
    if start < end:
        is_quiet = start <= clock_time < end
    else:
        is_quiet = clock_time >= start or clock_time < end
    if not is_quiet:
        return at
    day = local.date() if clock_time < end else local.date() + timedelta(days=1)
    ends_at = datetime.combine(day, end, tzinfo=zone).astimezone(at.tzinfo)
    return max(ends_at, at)  # where the clocks go back, an hour comes twice


def why_unreachable(person: User, urgency: Urgency) -> list[Refusal]:
    """Return every reason why a message of this urgency is not sure to reach the person."""
    return why_unreachable_of([person], urgency)[person.pk]


def why_unreachable_of(people: Iterable[User], urgency: Urgency) -> dict[int, list[Refusal]]:
    """Return the reasons for each of the people, by their id, with a single question."""
    asked = list(people)
    chains = ways_of(asked, urgency)
    return {person.pk: _reasons(person, urgency, chains[person.pk]) for person in asked}


def _reasons(person: User, urgency: Urgency, chain: list[Way]) -> list[Refusal]:
    name = {"name": person.name}
    if not person.is_active:
        return [Refusal("left", _("%(name)s is not active any more.") % name)]
    if urgency == Urgency.LOW:
        return []
    own = [way for way in chain if way.contact is not None]
    remedy = _("%(name)s adds one under “How I am reached” and enters its code.") % name
    if not own:
        sentence = _("Only the sign-in address of %(name)s is known, which nobody proved.")
        return [Refusal("no_way", sentence % name, remedy)]
    if all(way.is_broken for way in own):
        sentence = _("No way of reaching %(name)s works at present.")
        return [Refusal("all_broken", sentence % name, remedy)]
    if not any(way.is_verified and not way.is_broken for way in own):
        sentence = _("%(name)s has not proved that any way of reaching them works.")
        return [Refusal("none_verified", sentence % name, remedy)]
    return []
