"""
The life of a subscription: asked for, confirmed, changed, paused, suspended, left.

Whoever asks is answered before anybody looks whether the address is known (`ask`); a process
of ours looks (`take`). Confirming and everything after is done by whoever holds the token
from a letter, so the verbs take no actor but where a member of the house does it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import letters, subscriber_tokens
from incidents.components import components
from incidents.models import (
    SUBSCRIBER_TRANSITIONS,
    LetterKind,
    Subscriber,
    SubscriberDelivery,
    SubscriberKind,
    SubscriberState,
    SubscriptionRequest,
)
from portal import clock, events, outgoing
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import OWED, SendState, User
from portal.sweeping import each
from portal.workflow.channels import new_secret
from portal.workflow.saving import wrong

CONFIRM_WITHIN = timedelta(days=3)
KEPT_UNCONFIRMED = timedelta(days=7)
LETTERS_A_DAY = 3  # about the subscription itself, to one address
TAKEN_AT_ONCE = 50
CHOICES = ("wants_incidents", "wants_maintenance", "components")
ACTIVE, PAUSED = SubscriberState.ACTIVE, SubscriberState.PAUSED
SUSPENDED, LEFT = SubscriberState.SUSPENDED, SubscriberState.LEFT


def ask(
    *,
    kind: str,
    address: str,
    wants_incidents: bool = True,
    wants_maintenance: bool = True,
    components: list[str] | None = None,
) -> SubscriptionRequest:
    """
    Keep what somebody asks for; a letter to that address will ask whether they mean it.

    Raises `ValidationError` by field. Nothing here looks whether the address is known.
    """
    address = cleaned_address(kind, address)
    wanted = checked_choices(wants_incidents, wants_maintenance, components or [])
    return SubscriptionRequest.objects.create(
        kind=SubscriberKind(kind), address=address, requested_at=clock.now(), **wanted
    )


def take_due(_now: datetime) -> int:
    """Look at what was asked for; return how many requests that was."""
    pks = SubscriptionRequest.objects.order_by("pk").values_list("pk", flat=True)
    return each(list(pks[:TAKEN_AT_ONCE]), take, what="subscription request")


@transaction.atomic
def take(pk: int) -> int:
    """Turn one request into a letter: confirm, or else “you subscribe already”."""
    found = SubscriptionRequest.objects.select_for_update(skip_locked=True).filter(pk=pk)
    request = found.first()
    if request is None:
        return 0
    subscriber = _known(request) or _new(request)
    wanted = {name: getattr(request, name) for name in CHOICES}
    if subscriber.state == SubscriberState.UNCONFIRMED:
        _set(subscriber, **wanted)
    is_known = subscriber.state in {ACTIVE, PAUSED}
    letter = LetterKind.KNOWN if is_known else LetterKind.CONFIRM
    if _has_room(subscriber):
        if not is_known:
            _set(subscriber, confirm_ends_at=clock.now() + CONFIRM_WITHIN)
        letters.owe(subscriber, letter)
    request.delete()
    return 1


@transaction.atomic
def confirm(subscriber: Subscriber) -> Subscriber:
    """Begin to tell them; whoever was suspended proves so that letters arrive again."""
    locked = _locked(subscriber)
    if locked.state in {ACTIVE, PAUSED}:
        return locked
    if reasons := why_not_confirm(locked):
        raise TransitionNotAllowed(reasons)
    _move(locked, ACTIVE, confirmed_at=locked.confirmed_at or clock.now(), suspended_reason="")
    return locked


def why_not_confirm(subscriber: Subscriber) -> list[Refusal]:
    if subscriber.state == LEFT:
        return [Refusal("left", _("This subscription has ended."), _("Subscribe again."))]
    if subscriber.confirm_ends_at < clock.now():
        sentence = _("This link has expired.")
        return [Refusal("link_expired", sentence, _("Subscribe again to get a new one."))]
    return []


@transaction.atomic
def choose(
    subscriber: Subscriber,
    *,
    wants_incidents: bool,
    wants_maintenance: bool,
    components: list[str],
) -> Subscriber:
    """Change what they hear of."""
    locked = _locked(subscriber)
    _ensure_present(locked)
    _set(locked, **checked_choices(wants_incidents, wants_maintenance, components))
    return locked


@transaction.atomic
def pause(subscriber: Subscriber) -> Subscriber:
    """Tell them nothing until they want it again; what was not sent yet is not."""
    locked = _locked(subscriber)
    if locked.state != PAUSED:
        _move(locked, PAUSED)
        _take_back(locked, _("They paused before it was sent."))
    return locked


@transaction.atomic
def resume(subscriber: Subscriber) -> Subscriber:
    locked = _locked(subscriber)
    if locked.state == SUSPENDED:
        sentence = _("What we sent did not arrive: %(reason)s")
        raise refuse(
            "suspended",
            sentence % {"reason": locked.suspended_reason},
            _("Subscribe again; confirming proves that it arrives."),
        )
    if locked.state == SubscriberState.UNCONFIRMED:
        raise _not_confirmed()
    if locked.state != ACTIVE:
        _move(locked, ACTIVE)
    return locked


@transaction.atomic
def leave(subscriber: Subscriber, *, actor: User | None = None, reason: str = "") -> Subscriber:
    """
    End it and erase what is personal; a second call changes nothing.

    What remains is a number, so that what was sent can still be counted, and the hash of the
    token, so that the link in an old letter answers what is true.
    """
    locked = _locked(subscriber)
    if locked.state == LEFT:
        return locked
    _take_back(locked, _("They left before it was sent."))
    SubscriberDelivery.objects.filter(subscriber=locked).update(last_error="")
    erased = {"address": "", "address_hash": "", "secret": "", "suspended_reason": ""}
    _move(locked, LEFT, actor=actor, told={"reason": reason}, left_at=clock.now(), **erased)
    return locked


@transaction.atomic
def suspend(subscriber: Subscriber, *, reason: str, actor: User | None) -> Subscriber:
    """Send nothing more, since it does not arrive or was complained about."""
    locked = _locked(subscriber)
    if locked.state not in {ACTIVE, PAUSED}:
        return locked
    _move(locked, SUSPENDED, actor=actor, suspended_reason=reason[:300] or _("No reason."))
    _take_back(locked, _("The subscriber was suspended."))
    return locked


def why_not_suspend(subscriber: Subscriber) -> list[Refusal]:
    if subscriber.state in {ACTIVE, PAUSED}:
        return []
    return [Refusal("not_following", _("Nothing is sent to this subscriber."))]


def forget_unconfirmed(now: datetime) -> int:
    """Erase whoever never confirmed; return how many that were."""
    old = Subscriber.objects.filter(
        state=SubscriberState.UNCONFIRMED, requested_at__lt=now - KEPT_UNCONFIRMED
    )
    return old.delete()[0]


def cleaned_address(kind: str, address: str) -> str:
    """Return the address as it is kept, or raise `ValidationError` on `address`."""
    address = address.strip()
    if kind == SubscriberKind.EMAIL:
        return _email(address)
    if kind != SubscriberKind.WEBHOOK:
        raise wrong("kind", _("Choose e-mail or webhook."), "invalid_choice")
    try:
        outgoing.check_strangers_url(address)
    except outgoing.UrlRefused as error:
        raise wrong("address", error.sentence, error.code) from error
    return address


def _email(address: str) -> str:
    """Check strictly: nothing that is not plainly one address reaches a header."""
    sentence = _("Enter an e-mail address, such as name@example.com.")
    name, _at, host = address.rpartition("@")
    if len(address) > 254 or not address.isprintable() or not address.isascii():
        raise wrong("address", sentence)
    try:
        EmailValidator()(address)
    except ValidationError:
        raise wrong("address", sentence) from None
    return f"{name}@{host.lower()}"


def checked_choices(
    wants_incidents: bool,  # noqa: FBT001
    wants_maintenance: bool,  # noqa: FBT001
    chosen: list[str],
) -> dict[str, Any]:
    """Return the choices as they are kept, or raise `ValidationError` by field."""
    if not (wants_incidents or wants_maintenance):
        sentence = _("Choose incidents, maintenance or both; to hear nothing, unsubscribe.")
        raise wrong("wants_incidents", sentence, "nothing_wanted")
    shown = components()
    if strange := [slug for slug in chosen if slug not in shown]:
        sentence = _("“%(name)s” is no component of this page.")
        raise wrong("components", sentence % {"name": strange[0][:60]}, "unknown_component")
    return {
        "wants_incidents": wants_incidents,
        "wants_maintenance": wants_maintenance,
        "components": sorted(set(chosen)),
    }


def _known(request: SubscriptionRequest) -> Subscriber | None:
    key = subscriber_tokens.address_hash(request.kind, _as_key(request))
    return Subscriber.objects.select_for_update().filter(address_hash=key).first()


def _as_key(request: SubscriptionRequest) -> str:
    """Mail servers may tell capital letters apart and none does: one person, one row."""
    return request.address.lower() if request.kind == SubscriberKind.EMAIL else request.address


def _new(request: SubscriptionRequest) -> Subscriber:
    nonce = subscriber_tokens.new_nonce()
    now = clock.now()
    subscriber = Subscriber.objects.create(
        kind=request.kind,
        address=request.address,
        address_hash=subscriber_tokens.address_hash(request.kind, _as_key(request)),
        secret=new_secret() if request.kind == SubscriberKind.WEBHOOK else "",
        nonce=nonce,
        manage_hash=subscriber_tokens.hash_of(nonce, "manage"),
        confirm_hash=subscriber_tokens.hash_of(nonce, "confirm"),
        confirm_ends_at=now + CONFIRM_WITHIN,
        requested_at=request.requested_at,
        **{name: getattr(request, name) for name in CHOICES},
    )
    events.record("subscriber.asked", subscriber, actor=None)
    return subscriber


def _locked(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.select_for_update().get(pk=subscriber.pk)


def _ensure_present(subscriber: Subscriber) -> None:
    if subscriber.state == LEFT:
        raise refuse("left", _("This subscription has ended."), _("Subscribe again."))


def _set(subscriber: Subscriber, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(subscriber, name, value)
    subscriber.save(update_fields=list(fields))


def _move(
    locked: Subscriber,
    to: SubscriberState,
    *,
    actor: User | None = None,
    told: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Take the one step that the table allows, and say so without saying who it is."""
    state = SubscriberState(locked.state)
    if to not in SUBSCRIBER_TRANSITIONS[state]:
        _ensure_present(locked)
        raise _not_confirmed()
    _set(locked, state=to, failures=0, **fields)
    events.record(f"subscriber.{to}", locked, actor=actor, **(told or {}))


def _not_confirmed() -> Exception:
    sentence = _("This subscription is not confirmed.")
    return refuse("not_confirmed", sentence, _("Follow the link in the letter."))


def _take_back(locked: Subscriber, why: str) -> None:
    owed = SubscriberDelivery.objects.filter(OWED, subscriber=locked)
    owed.update(state=SendState.CANCELLED, claim="", lease_until=None, last_error=why)


def _has_room(subscriber: Subscriber) -> bool:
    """Whether one more letter about the subscription itself may go there today."""
    lately = SubscriberDelivery.objects.filter(
        subscriber=subscriber,
        announcement=None,
        created_at__gt=clock.now() - timedelta(days=1),
    )
    return lately.count() < LETTERS_A_DAY
