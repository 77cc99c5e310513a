"""Plain functions about subscribers: asked for, confirmed, written to."""

from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from incidents import subscriber_tokens, workflow
from incidents.models import Subscriber, SubscriberKind, SubscriberState, SubscriptionRequest
from incidents.workflow import announcing, subscriber_letters, subscribing
from portal import clock

LUKE = "luke@example.net"


def ask(address: str = LUKE, **wanted: Any) -> SubscriptionRequest:
    wanted.setdefault("kind", SubscriberKind.EMAIL)
    return workflow.ask_to_subscribe(address=address, **wanted)


def deliver() -> None:
    """What the pager does for subscribers, until nothing is left to do now."""
    for step in (subscribing.take_due, announcing.fan_out_due, subscriber_letters.send_due):
        while step(clock.now()):
            subscriber_letters.desk.finish()
    subscriber_letters.desk.finish()


def subscriber(address: str = LUKE, **wanted: Any) -> Subscriber:
    """Somebody who has asked and confirmed; their letters are out of the way."""
    ask(address, **wanted)
    subscribing.take_due(clock.now())
    found = Subscriber.objects.latest("pk")
    found.deliveries.all().delete()
    return workflow.confirm_subscription(found)


def many(number: int) -> list[Subscriber]:
    """So many confirmed subscribers, in one go."""
    now = clock.now()
    rows = []
    for each in range(number):
        nonce = f"{each:064d}"
        address = f"reader-{each}@example.net"
        rows.append(
            Subscriber(
                kind=SubscriberKind.EMAIL,
                address=address,
                address_hash=subscriber_tokens.address_hash("email", address),
                state=SubscriberState.ACTIVE,
                nonce=nonce,
                manage_hash=subscriber_tokens.hash_of(nonce, "manage"),
                confirm_hash=subscriber_tokens.hash_of(nonce, "confirm"),
                confirm_ends_at=now,
                confirmed_at=now,
            )
        )
    return Subscriber.objects.bulk_create(rows)


def letters_to(address: str = LUKE) -> list[EmailMultiAlternatives]:
    return [m for m in mail.outbox if m.to == [address]]  # type: ignore[misc]


def path_in(letter: Any, name: str) -> str:
    """The path of the link in a letter that leads to this page."""
    start = letter.body.index(f"/status/{name}/")
    return str(letter.body[start:].split()[0])


def manage_path(found: Subscriber, name: str = "subscription") -> str:
    return f"/status/{name}/{subscriber_tokens.token_of(found.nonce, 'manage')}/"
