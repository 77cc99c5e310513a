"""The demo's stakeholders and subscribers: who is told, what they were sent, what failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents import letters, subscriber_tokens
from incidents.audience import Reached
from incidents.letter_words import page_zone
from incidents.models import (
    Announcement,
    AnnouncementKind,
    CommunicationDeadline,
    CommunicationRule,
    DeadlineState,
    Incident,
    Medium,
    Stakeholder,
    StakeholderDelivery,
    StakeholderGroup,
    StakeholderMessage,
    Subscriber,
    SubscriberDelivery,
    SubscriberKind,
    SubscriberState,
)
from incidents.public_words import incident_title
from portal.demo import Story, keep, tell, wipe
from portal.models import SendState

# Under “.example”, which leads nowhere (RFC 2606); numbers that are kept for stories.
OUTSIDE = [
    ("Ingrid Vale, board", "ingrid@harbour.example", "+15555550101", "Directors"),
    ("Customer care", "care@harbour.example", "", "Customer care"),
    ("Northwind, partner", "desk@northwind.example", "", "Customer care"),
]
READERS = [
    ("sam@reader.example", SubscriberState.ACTIVE, ""),
    ("shop-owner@harbour-market.example", SubscriberState.ACTIVE, ""),
    ("https://hooks.northwind.example/status", SubscriberState.ACTIVE, ""),
    ("lou@reader.example", SubscriberState.PAUSED, ""),
    ("gone@reader.example", SubscriberState.SUSPENDED, "550 no such mailbox"),
    ("new@reader.example", SubscriberState.UNCONFIRMED, ""),
]


def load(story: Story) -> None:
    people = _directory(story)
    for incident in Incident.objects.filter(is_demo=True, severity=0):
        _told(story, incident, people)
    readers = [_reader(story, *row) for row in READERS]
    for incident in Incident.objects.filter(is_demo=True, service__is_public=True):
        _announced(incident, readers)


def remove() -> None:
    Announcement.objects.filter(is_demo=True).delete()
    Subscriber.objects.filter(is_demo=True).delete()
    CommunicationDeadline.objects.filter(incident__is_demo=True).delete()
    StakeholderMessage.objects.filter(incident__is_demo=True).delete()
    wipe(CommunicationRule.objects.filter(service__is_demo=True))
    wipe(Stakeholder.objects.filter(is_demo=True))
    wipe(Stakeholder.objects.filter(person__is_demo=True))
    wipe(StakeholderGroup.objects.filter(is_demo=True))


def _directory(story: Story) -> list[Stakeholder]:
    at, by = story.at(80, 9), story.people["sara"]
    groups: dict[str, StakeholderGroup] = {}
    for name, severities, words in (
        ("Directors", [0], "Answer for the business"),
        ("Customer care", [0, 1], "Answer customers"),
    ):
        taken = StakeholderGroup.objects.filter(name=name).exists()
        group = StakeholderGroup(
            name=f"{name} (demo)" if taken else name,
            severities=severities,
            description=words,
            is_demo=True,
        )
        groups[name] = keep(group, by=by, at=at)
    found = []
    for name, email, phone, group_name in OUTSIDE:
        who = Stakeholder(name=name, email=email, phone=phone, is_demo=True)
        keep(who, by=by, at=at).groups.add(groups[group_name])
        found.append(who)
    if not Stakeholder.objects.filter(person=by).exists():
        member = keep(Stakeholder(person=by, is_demo=True), by=by, at=at)
        member.groups.add(groups["Directors"])
        found.append(member)
    checkout = story.services["Checkout"]
    rule = CommunicationRule(
        severity=1, service=checkout, by_email=True, within_minutes=10, is_demo=True
    )
    keep(rule, by=by, at=at)
    return found


def _told(story: Story, incident: Incident, people: list[Stakeholder]) -> None:
    """The first word went out in time, but for one incident of the quarter."""
    is_late = incident.title.startswith("Nobody can sign in")
    due_at = incident.detected_at + timedelta(minutes=5)
    sent_at = min(incident.detected_at + timedelta(minutes=9 if is_late else 1), story.now)
    message = StakeholderMessage.objects.create(
        incident=incident,
        author=story.people["sara"] if is_late else None,
        severity=incident.severity,
        by_email=True,
        by_sms=True,
        subject=f"P0 {incident.service.name}: {incident.title}"[:200],
        text=f"{incident.title}.\n\nImpact: {incident.impact or 'not known yet'}.",
        sms=incident.title,
        gaps=[
            {
                "name": "Ingrid Vale, board",
                "medium": "sms",
                "why": "No SMS service is set up (EVENKEEL_SMS_URL).",
            }
        ],
        sent_at=sent_at,
    )
    for who in people:
        email = who.person.email if who.person else who.email
        each = Reached(who, Medium.EMAIL, email, "email:demo")
        StakeholderDelivery.objects.create(
            message=message,
            stakeholder=who,
            name=str(who),
            medium=Medium.EMAIL,
            address=email,
            address_hash=each.key,
            reasons=[f"group {group}: P0" for group in who.groups.all()],
            lane=each.lane,
            state=SendState.SENT,
            sent_at=sent_at + timedelta(seconds=2),
            attempts=1,
            due_at=sent_at,
            wanted_at=sent_at,
        )
    CommunicationDeadline.objects.create(
        incident=incident,
        severity=incident.severity,
        by_email=True,
        by_sms=True,
        due_at=due_at,
        state=DeadlineState.LATE if is_late else DeadlineState.MET,
        told_at=sent_at,
        breached_at=due_at if is_late else None,
        message=message,
        created_at=incident.detected_at,
    )
    tell(
        "incident.stakeholders_told",
        incident,
        at=sent_at,
        actor=message.author,
        message=message.pk,
        what=message.subject,
        by_email=len(people),
        by_sms=0,
        gaps=1,
    )


def _reader(story: Story, address: str, state: SubscriberState, reason: str) -> Subscriber:
    is_mail = "@" in address
    kind = SubscriberKind.EMAIL if is_mail else SubscriberKind.WEBHOOK
    nonce = subscriber_tokens.new_nonce()
    at = story.at(60, 10)
    return Subscriber.objects.create(
        kind=kind,
        address=address,
        address_hash=subscriber_tokens.address_hash(kind, f"demo {address}"),
        state=state,
        nonce=nonce,
        manage_hash=subscriber_tokens.hash_of(nonce, "manage"),
        confirm_hash=subscriber_tokens.hash_of(nonce, "confirm"),
        confirm_ends_at=at,
        requested_at=story.now if state == SubscriberState.UNCONFIRMED else at,
        confirmed_at=None if state == SubscriberState.UNCONFIRMED else at,
        suspended_reason=reason,
        is_demo=True,
    )


def _announced(incident: Incident, readers: list[Subscriber]) -> None:
    for update in incident.updates.all():
        told = Announcement.objects.create(
            kind=AnnouncementKind.INCIDENT,
            key=f"update:{update.pk}",
            topic=incident.reference,
            phase=update.phase,
            title=incident_title(incident, update)[:250],
            text=update.text,
            path=f"/status/#update-{update.pk}",
            published_at=update.posted_at,
            zone=page_zone().key,
            fanned_out_at=update.posted_at,
            is_demo=True,
        )
        SubscriberDelivery.objects.bulk_create(
            _letter(told, reader, update.posted_at)
            for reader in readers
            if reader.state in {SubscriberState.ACTIVE, SubscriberState.SUSPENDED}
        )


def _letter(told: Announcement, reader: Subscriber, at: datetime) -> SubscriberDelivery:
    failed = reader.state == SubscriberState.SUSPENDED
    return SubscriberDelivery(
        subscriber=reader,
        announcement=told,
        lane=letters.lane_of(reader),
        state=SendState.FAILED if failed else SendState.SENT,
        sent_at=None if failed else at + timedelta(seconds=3),
        last_error=reader.suspended_reason,
        attempts=1,
        due_at=at,
        wanted_at=at,
        created_at=at,
    )
