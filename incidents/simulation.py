"""
Who would be woken: what an alert would set off at any instant, past or to come, and why.

The way of an alert from the labels to the last message: which service it belongs to, what
would hold it, which incident it would join, which policy that climbs. The climb itself is
`escalation_plan.walk`, so the same `decide` as the engine's; when a message leaves by which
way is asked of `portal.reach`, as `notify` asks it. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.escalation_plan import Decision, Facts, Reached, walk
from incidents.policies import policy_of
from incidents.resolving import DatabaseResolver
from incidents.route import policy_for
from incidents.snapshots import ROUND_ROBIN
from operations.models import Alert, Integration, Severity
from portal import reach
from portal.models import Channel, Service, Urgency, User
from portal.natures import MOST_WITHIN_WINDOW, mask

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """An alert that might come: where from, how grave, when."""

    at: datetime
    severity: int
    service: Service | None = None
    labels: Labels = field(default_factory=dict)
    integration: Integration | None = None
    alert: Alert | None = None

    @property
    def name(self) -> str:
        return self.alert.name if self.alert else self.labels.get("alertname", "")

    def as_alert(self, service: Service) -> Alert:
        """What rules look at: the alert as it would come, never saved."""
        known = self.alert.integration if self.alert else None
        return Alert(
            name=self.name,
            labels=dict(self.labels),
            severity=self.severity,
            service=service,
            integration=self.integration or known or Integration(),
            started_at=self.at,
        )


@dataclass(frozen=True)
class Line:
    """One thing that is decided before anybody is woken, in words."""

    text: str
    tone: str = "info"  # good, busy, bad, info or neutral
    url: str = ""


@dataclass(frozen=True)
class Message:
    """One message: when it leaves, by which way, and what is doubtful about that."""

    at: datetime
    way: str
    address: str  # masked
    contact_id: int | None = None
    is_verified: bool = True
    is_broken: bool = False


@dataclass(frozen=True)
class Told:
    """A person or a channel that a step tells, why them, and by which messages."""

    kind: str  # person or channel
    id: int
    name: str
    why: str
    url: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Rung:
    """One step at its time: whom it tells, or why it tells nobody."""

    at: datetime
    loop: int
    order: int
    is_last_resort: bool
    told: tuple[Told, ...] = ()
    reason: str = ""
    skipped_because: str = ""
    waits_until: datetime | None = None


@dataclass(frozen=True)
class Phase:
    """What holds the alert, if anything, and the climb that begins when nothing does."""

    holds: tuple[Line, ...] = ()
    # None: nobody is woken after this hold.
    starts_at: datetime | None = None
    rungs: tuple[Rung, ...] = ()


@dataclass(frozen=True)
class Simulation:
    """What would happen, from the alert's coming to the last message."""

    asked: Question
    service: Service | None
    route: Line
    grouping: Line | None = None
    policy: Line | None = None
    phases: tuple[Phase, ...] = ()
    ends: Line | None = None
    remarks: tuple[str, ...] = ()

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return tuple(rung for phase in self.phases for rung in phase.rungs)

    @property
    def starts_at(self) -> datetime | None:
        """When people begin to be woken; None if they never are."""
        starts = (phase.starts_at for phase in self.phases)
        return next((at for at in starts if at is not None), None)

    @property
    def is_held(self) -> bool:
        return any(phase.holds for phase in self.phases)

    @property
    def wakes_somebody(self) -> bool:
        return any(told.kind == "person" for rung in self.rungs for told in rung.told)


class Climber:
    """Climbs the ladder of one service and severity, as often as it begins anew."""

    def __init__(self, service: Service, severity: int) -> None:
        self.route = policy_for(service, severity)
        self.severity = severity
        self._resolver = DatabaseResolver()
        self._goes_round = any(
            step.strategy == ROUND_ROBIN for step in self.route.snapshot.steps
        )

    @property
    def policy(self) -> Line:
        policy = self.route.policy
        return Line(self.route.reason, url=policy.get_absolute_url() if policy else "")

    def climb(self, start: datetime, *, joined: datetime, times: int = 0) -> tuple[Rung, ...]:
        """
        Return all that happens from `start` on while nobody answers.

        `joined` is when the alert came to its incident, `times` how often that has been
        climbed before.
        """
        snapshot = self.route.snapshot
        if self._goes_round:
            snapshot = replace(snapshot, turn=snapshot.turn + times)
        facts = Facts(self.severity, opened_at=joined, alerts=(joined,))
        decisions = walk(snapshot, start, facts, self._resolver)
        return tuple(self._rung(decision) for decision in decisions)

    def _rung(self, decision: Decision) -> Rung:
        position = decision.position
        reached = (self._told(each, decision.at) for each in decision.reached)
        return Rung(
            at=decision.at,
            loop=position.loop,
            order=position.order,
            is_last_resort=position.index >= len(self.route.snapshot.steps),
            told=tuple(told for told in reached if told is not None),
            reason=decision.reason,
            skipped_because=decision.skipped_because,
            waits_until=decision.waits_until,
        )

    def _told(self, reached: Reached, at: datetime) -> Told | None:
        if reached.kind == "channel":
            channel = self._resolver.channel_row(reached.id)
            return _channel_told(channel, reached.why, at) if channel else None
        person = self._resolver.user(reached.id)
        return _person_told(person, reached.why, at) if person else None


def stopped(rungs: tuple[Rung, ...], at: datetime) -> tuple[Rung, ...]:
    """Return what is left of a climb that is stopped at this instant."""
    return tuple(
        replace(rung, told=tuple(_stopped(told, at) for told in rung.told))
        for rung in rungs
        if rung.at < at
    )


def _stopped(told: Told, at: datetime) -> Told:
    before = tuple(message for message in told.messages if message.at < at)
    return replace(told, messages=before)


def wakes_nobody(severity: int) -> Line | None:
    """Say so of a severity that wakes nobody."""
    if policy_of(severity).pages_on_call:
        return None
    name = Severity(severity).name
    return Line(_("%(severity)s wakes nobody: it waits in the list.") % {"severity": name})


def _person_told(person: User, why: str, at: datetime) -> Told:
    messages = tuple(
        Message(
            at=leaves_at,
            way=way.label,
            address=way.masked,
            contact_id=way.contact.pk if way.contact else None,
            is_verified=way.is_verified,
            is_broken=way.is_broken,
        )
        for way, leaves_at in reach.due_times(person, Urgency.HIGH, at)
    )
    return Told("person", person.pk, person.name, why, person.get_absolute_url(), messages)


def _channel_told(channel: Channel, why: str, at: datetime) -> Told:
    address = mask(channel.kind, channel.destination)
    message = Message(at=at, way=channel.get_kind_display(), address=address)
    return Told(
        "channel", channel.pk, channel.name, why, channel.get_absolute_url(), (message,)
    )


def end_of(rungs: tuple[Rung, ...], severity: int) -> Line:
    """Say what is left when everybody has been told and nobody has answered."""
    if not any(rung.told for rung in rungs):
        return Line(_("Nobody is woken: no step finds anybody who can be told."), tone="bad")
    text = _("Nobody else is woken after that. The incident stays open and stands on Today.")
    grave = _("P0 and P1 also stand in the band on every page.")
    return Line(f"{text} {grave}" if severity <= Severity.P1 else text, tone="neutral")


def remarks_on(rungs: tuple[Rung, ...], severity: int) -> list[str]:
    if not any(rung.told for rung in rungs):
        return []
    remarks = [_("What may wake somebody has no quiet hours.")]
    if severity == Severity.P0:
        remarks.append(_("P0 is never put together with other messages."))
    else:
        most = min(MOST_WITHIN_WINDOW.values())
        remarks.append(
            _(
                "In a storm, from %(most)d messages in 15 minutes by the loudest way, the rest "
                "are told together in one."
            )
            % {"most": most + 1}
        )
    remarks.append(_("Each way goes on until somebody acknowledges; then all of it stops."))
    return remarks
