"""Channels of teams: chat rooms, mailing lists and signed webhooks that pages may go to."""

import base64
import secrets
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from portal import events, limits, notify, outgoing
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Channel, ChannelKind, Notification, Team, User
from portal.models.tracked import delete_as
from portal.workflow.contacts import check_destination
from portal.workflow.saving import add, locked, set_fields, wrong

TESTS = 5  # within the window
TESTS_WINDOW = 10 * 60  # seconds


@transaction.atomic
def create_channel(
    *, name: str, team: Team | None, kind: str, destination: str, actor: User | None
) -> tuple[Channel, str]:
    """Make a channel; return it and, for a webhook, the secret that signs each call."""
    destination = destination.strip()
    check_channel_address(kind, destination)
    secret = new_secret() if kind == ChannelKind.WEBHOOK else ""
    channel = Channel(name=name, team=team, kind=kind, destination=destination, secret=secret)
    add(channel, actor=actor)
    events.record("channel.created", channel, actor=actor)
    return channel, secret


@transaction.atomic
def change_channel(channel: Channel, *, actor: User | None, **fields: Any) -> Channel:
    """Change its name, team or address; an empty address means the one that it has."""
    row = locked(channel)
    if not fields.get("destination", "").strip():
        fields.pop("destination", None)
    else:
        fields["destination"] = fields["destination"].strip()
        check_channel_address(row.kind, fields["destination"])
    if changed := set_fields(row, fields, actor=actor):
        events.record("channel.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def switch_channel(channel: Channel, *, is_active: bool, actor: User | None) -> Channel:
    """Send there again, or no more; what is still owed is taken back at its next attempt."""
    row = locked(channel)
    if set_fields(row, {"is_active": is_active}, actor=actor):
        verb = "switched_on" if is_active else "switched_off"
        events.record(f"channel.{verb}", row, actor=actor)
    return row


@transaction.atomic
def remove_channel(channel: Channel, *, actor: User | None) -> None:
    """Remove the channel and its log; refused while something still sends there."""
    events.record("channel.removed", channel, actor=actor)
    try:
        delete_as(channel, actor)
    except ProtectedError as error:
        raise refuse(
            "channel_in_use",
            _("Something still sends to %(name)s.") % {"name": channel.name},
            _("Take it out of the escalation policies first, or switch it off."),
        ) from error


@transaction.atomic
def test_channel(channel: Channel, *, actor: User) -> Notification:
    """Owe a test message to the channel; its outcome shows in the log."""
    if refusals := why_not_test(channel):
        raise TransitionNotAllowed(refusals)
    if limits.count("channel-test", str(channel.pk), window=TESTS_WINDOW) > TESTS:
        raise refuse(
            "too_many_tests",
            _("There were %(most)d test messages within ten minutes.") % {"most": TESTS},
            _("Wait a little."),
        )
    events.record("channel.tested", channel, actor=actor)
    return notify.notify_channel(
        channel,
        key=f"test {secrets.token_hex(16)}",
        subject=_("Test message from Evenkeel"),
        body=_("%(name)s sent this to see whether %(channel)s works.")
        % {"name": actor.name, "channel": channel.name},
        url=channel.get_absolute_url(),
        kind="test",
    )


def why_not_test(channel: Channel) -> list[Refusal]:
    if channel.is_active:
        return []
    return [
        Refusal("channel_off", _("This channel is switched off."), _("Switch it on first."))
    ]


def check_channel_address(kind: str, destination: str) -> None:
    """Raise `ValidationError` on `destination` if nothing could be sent there."""
    if kind != ChannelKind.WEBHOOK:
        check_destination(kind, destination)
        return
    try:
        outgoing.check_url(destination)
    except outgoing.UrlRefused as error:
        raise wrong("destination", str(error), "not_allowed") from error


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
