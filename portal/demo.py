"""
The demo: a made-up company, Harbour, with a believable quarter behind it.

Every app adds its part in `demo.py`: `load(story)` on the way up the floors and `remove()` on
the way down. All rows say `is_demo`; nothing of it is sent, sealed or told to webhooks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import ProtectedError, QuerySet
from django.utils.text import slugify

from portal import clock
from portal.models import (
    Access,
    Channel,
    ChannelKind,
    ContactKind,
    ContactMethod,
    Event,
    Membership,
    Notification,
    NotificationRule,
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Team,
    TeamRole,
    Tier,
    Urgency,
    User,
)
from portal.models.tracked import Attributed
from portal.workflow.channels import new_secret

DAYS = 90
ZONE = ZoneInfo("Europe/Berlin")

PEOPLE = [
    # sign-in name, name, access, team, role
    ("olivia", "Olivia Okafor", Access.MEMBER, "Payments", TeamRole.MEMBER),
    ("tomas", "Tomás Ferreira", Access.MEMBER, "Payments", TeamRole.MEMBER),
    ("max", "Max Lindqvist", Access.MEMBER, "Payments", TeamRole.MANAGER),
    ("ana", "Ana Kowalska", Access.MEMBER, "Platform", TeamRole.MEMBER),
    ("jun", "Jun Tanaka 田中", Access.MEMBER, "Platform", TeamRole.MEMBER),
    ("priya", "Priya Raman", Access.MEMBER, "Platform", TeamRole.MANAGER),
    ("leo", "Léo Marchand", Access.MEMBER, "Web", TeamRole.MEMBER),
    ("sara", "Sara Haddad", Access.MEMBER, "Web", TeamRole.MANAGER),
    ("ada", "Ada Byrne", Access.ADMINISTRATOR, "Platform", TeamRole.MEMBER),
    ("vera", "Vera Novak", Access.VIEWER, "", TeamRole.MEMBER),
]

UNPROVED = "leo"  # has entered no code yet, so that the reachability page has something to say
TEAMS = {
    "Payments": "Takes the money: checkout, payments and what stands behind them.",
    "Platform": "Keeps the ground under everybody: databases, queues, sign-in.",
    "Web": "What customers see: shop, search and mail.",
}

SERVICES = [
    # name, team, tier, public, needs, description
    ("Orders database", "Platform", Tier.ONE, False, [], "PostgreSQL with one replica."),
    ("Sign-in", "Platform", Tier.ONE, True, ["Orders database"], "Accounts and sessions."),
    ("Queue", "Platform", Tier.TWO, False, [], "Where work waits its turn."),
    (
        "Payments API",
        "Payments",
        Tier.ONE,
        True,
        ["Orders database"],
        "Talks to the card networks.",
    ),
    (
        "Checkout",
        "Payments",
        Tier.ONE,
        True,
        ["Payments API", "Orders database", "Queue"],
        "From the basket to the receipt.",
    ),
    (
        "Invoices",
        "Payments",
        Tier.THREE,
        False,
        ["Queue"],
        "Makes and sends invoices overnight.",
    ),
    ("Search", "Web", Tier.TWO, True, [], "Finds products, and guesses what was meant."),
    (
        "Web shop",
        "Web",
        Tier.ONE,
        True,
        ["Checkout", "Sign-in", "Search"],
        "The pages customers see.",
    ),
]

# Name, team, kind, address: under “.example”, which leads nowhere (RFC 2606).
CHANNELS = [
    ("Payments list", "Payments", ChannelKind.EMAIL, "payments@lists.harbour.example"),
    ("Platform list", "Platform", ChannelKind.EMAIL, "platform@lists.harbour.example"),
    ("Wall of the Web team", "Web", ChannelKind.WEBHOOK, "https://wall.harbour.example/page"),
]

Kept = TypeVar("Kept", bound=Attributed)


@dataclass
class Story:
    """What the chapters share: who and what there is, and a die that always falls alike."""

    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    # What one floor made and a higher one builds on, by name.
    shelf: dict[str, Any] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(2207))  # noqa: S311

    def by_the_wall(self, days_ago: float, hour: int, minute: int = 0) -> datetime:
        """A moment by the clock on the wall in Berlin; negative days lie ahead."""
        day = (self.now.astimezone(ZONE) - timedelta(days=days_ago)).date()
        return datetime.combine(day, time(hour, minute), ZONE)

    def at(self, days_ago: float, hour: int, minute: int = 0) -> datetime:
        """The same, but never in the future."""
        moment = self.by_the_wall(days_ago, hour, minute)
        return min(moment, self.now - timedelta(minutes=1))

    def team_of(self, service: Service) -> str:
        """The story's own name of the team, whatever it is called here."""
        return next(name for name, team in self.teams.items() if team == service.team)

    def service_of(self, service: Service) -> str:
        """The story's own name of the service, whatever it is called here."""
        return next(name for name, known in self.services.items() if known == service)

    def members(self, team: str) -> list[User]:
        return [self.people[row[0]] for row in PEOPLE if row[3] == team]

    def manager(self, team: str) -> User:
        return next(
            self.people[row[0]]
            for row in PEOPLE
            if row[3] == team and row[4] == TeamRole.MANAGER
        )


def keep(row: Kept, *, by: User | None, at: datetime) -> Kept:
    """Save a tracked row as if `by` had done so at that time."""
    row.changed_by = by
    row._history_date = at  # type: ignore[attr-defined] # read by django-simple-history
    row.save()
    return row


def tell(
    kind: str,
    subject: models.Model,
    *,
    at: datetime,
    actor: User | None = None,
    service: Service | None = None,
    **data: Any,
) -> Event:
    """Write an event of the past; nothing reacts to it."""
    return Event.objects.create(
        kind=kind,
        content_type=ContentType.objects.get_for_model(subject),
        object_id=subject.pk,
        subject_label=str(subject)[:250],
        service=service or getattr(subject, "service", None),
        actor=actor,
        actor_label=str(actor) if actor else "",
        data=data,
        happened_at=at,
        recorded_at=at,
        is_demo=True,
    )


def load(story: Story, password: str) -> None:
    """People, teams and services."""
    since = story.at(DAYS + 5, 9)
    for name, description in TEAMS.items():
        called = _free_name(Team, name)
        team = Team(
            name=called,
            slug=slugify(called),
            description=description,
            time_zone=str(ZONE),
            is_demo=True,
        )
        story.teams[name] = keep(team, by=None, at=since)
    hashed = make_password(password)  # slow on purpose, so once for all of them
    for row in PEOPLE:
        _hire(story, row, hashed, since)
    for service in SERVICES:
        _run(story, service, since)
    story.shelf["channels"] = {row[0]: _open(story, row, since) for row in CHANNELS}


def _open(story: Story, row: tuple[str, str, ChannelKind, str], since: datetime) -> Channel:
    """Add a channel; a webhook is switched off, for nothing answers at a made-up address."""
    name, team, kind, destination = row
    channel = Channel(
        name=_free_channel(name),
        team=story.teams[team],
        kind=kind,
        destination=destination,
        secret=new_secret() if kind == ChannelKind.WEBHOOK else "",
        is_active=kind != ChannelKind.WEBHOOK,
        is_demo=True,
    )
    return keep(channel, by=None, at=since)


def _free_channel(name: str) -> str:
    return f"{name} of Harbour" if Channel.objects.filter(name=name).exists() else name


def _free_name(model: type[Team] | type[Service], name: str) -> str:
    """The name, or one beside it when somebody real has it already."""
    rows: Any = model._default_manager
    is_taken = rows.filter(models.Q(name=name) | models.Q(slug=slugify(name))).exists()
    return f"{name} of Harbour" if is_taken else name


def _hire(story: Story, row: tuple[Any, ...], hashed: str, since: datetime) -> None:
    key, name, access, team, role = row
    person = User(
        email=f"{key}@harbour.example",
        name=name,
        access=access,
        time_zone=str(ZONE),
        is_demo=True,
        password=hashed,
    )
    person.changed_by = None
    person._history_date = since  # type: ignore[attr-defined]  # read by django-simple-history
    person.save()
    story.people[key] = person
    if team:
        membership = Membership(team=story.teams[team], person=person, role=role)
        keep(membership, by=None, at=since)
        _reach(person, since)


def _reach(person: User, since: datetime) -> None:
    """Mail to a telephone at once and to the desk soon after; one has proved neither."""
    name = person.email.partition("@")[0]
    verified_at = None if name == UNPROVED else since
    ways = [("Telephone", f"{name}@sms.harbour.example", 0), ("Work mail", person.email, 5)]
    for label, destination, minutes in ways:
        contact = ContactMethod(
            person=person,
            kind=ContactKind.EMAIL,
            label=label,
            destination=destination,
            verified_at=verified_at,
        )
        keep(contact, by=person, at=since)
        rule = NotificationRule(
            person=person, urgency=Urgency.HIGH, contact=contact, after_minutes=minutes
        )
        keep(rule, by=person, at=since)


def _run(story: Story, row: tuple[Any, ...], since: datetime) -> None:
    name, team, tier, is_public, needs, description = row
    called = _free_name(Service, name)
    slug = slugify(called)
    service = Service(
        name=called,
        slug=slug,
        team=story.teams[team],
        tier=tier,
        description=description,
        is_public=is_public,
        is_demo=True,
    )
    story.services[name] = keep(service, by=None, at=since)
    keep(ServiceLabel(service=service, name="service", value=slug), by=None, at=since)
    link = ServiceLink(
        service=service, label="Dashboard", url=f"https://grafana.harbour.example/d/{slug}"
    )
    keep(link, by=None, at=since)
    for other in needs:
        dependency = ServiceDependency(service=service, needs=story.services[other])
        keep(dependency, by=None, at=since)


def is_loaded() -> bool:
    return User.objects.filter(is_demo=True).exists()


def sign_in_names() -> list[tuple[str, str]]:
    """Each demo person's (e-mail address, what they are)."""
    people = User.objects.filter(is_demo=True).order_by("pk")
    return [(person.email, _role_of(person)) for person in people]


def _role_of(person: User) -> str:
    memberships = Membership.objects.filter(person=person).select_related("team")
    roles = [f"{row.get_role_display().lower()} of {row.team}" for row in memberships]
    if person.access != Access.MEMBER:
        roles.insert(0, person.get_access_display().partition(":")[0].lower())
    return ", ".join(roles)


def wipe(rows: QuerySet[Any]) -> None:
    """Delete rows together with their kept versions."""
    model = rows.model
    pks = list(rows.values_list("pk", flat=True))
    if not issubclass(model, Attributed):
        model._default_manager.filter(pk__in=pks).delete()
        return
    for row in model._default_manager.filter(pk__in=pks):
        row.changed_by = None
        row.delete()
    kept: Any = model
    kept.history.model.objects.filter(**{f"{model._meta.pk.name}__in": pks}).delete()


def remove() -> None:
    """Remove what is left; whoever did something real stays, deactivated."""
    Event.objects.filter(is_demo=True).delete()
    demo_people = User.objects.filter(is_demo=True)
    wipe(Notification.objects.filter(person__in=demo_people))
    wipe(NotificationRule.objects.filter(person__in=demo_people))
    wipe(ContactMethod.objects.filter(person__in=demo_people))
    wipe(Channel.objects.filter(is_demo=True))
    for model in (ServiceDependency, ServiceLabel, ServiceLink):
        wipe(model._default_manager.filter(service__is_demo=True))
    wipe(Service.objects.filter(is_demo=True))
    wipe(
        Membership.objects.filter(team__is_demo=True)
        | Membership.objects.filter(person__in=demo_people)
    )
    wipe(Team.objects.filter(is_demo=True))
    for person in demo_people:
        try:
            wipe(User.objects.filter(pk=person.pk))
        except ProtectedError:
            person.is_active = False
            person.changed_by = None
            person.save(update_fields=["is_active"])


def new_story() -> Story:
    return Story(now=clock.now())
