"""The outbox: what must reach a person or another program, as rows with a due time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedTextField
from portal.models.events import Event
from portal.models.people import Urgency
from portal.models.reaching import Channel, ContactMethod
from portal.models.tracked import Tracked


class SendState(models.TextChoices):
    """
    `claimed` has a lease; when that ends without word, the row is due again.

    `bundled` is told of by another message, its `bundle`, since too many came at once.
    """

    DUE = "due", _("Due")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Not needed any more")
    FAILED = "failed", _("Could not be sent")
    BUNDLED = "bundled", _("Bundled with others")


OWED = Q(state__in=[SendState.DUE, SendState.CLAIMED])


Row = TypeVar("Row", bound=models.Model)


class OutboxQuerySet(models.QuerySet[Row]):
    def owed(self) -> Self:
        return self.filter(OWED)

    def late_at(self, now: datetime) -> Self:
        """Those that should have left before `now` and have not."""
        return self.filter(OWED, due_at__lte=now)


class Outgoing(models.Model):
    """What every outgoing message has: when it is due, who sends it, how often it was tried."""

    state = models.CharField(max_length=9, choices=SendState, default=SendState.DUE)
    due_at = models.DateTimeField(default=timezone.now)
    # When it first fell due; `due_at` moves on with each retry.
    wanted_at = models.DateTimeField(default=timezone.now, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class NotificationQuerySet(OutboxQuerySet["Notification"]):
    """Messages to people."""


NULL_LANE = "null"  # leads nowhere; the hourly synthetic page takes it


class Notification(Outgoing):
    """One message to one person through one of their ways, or to one channel."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.ForeignKey(Channel, null=True, on_delete=models.CASCADE, related_name="+")
    # None: to the e-mail address they sign in with.
    contact = models.ForeignKey(
        ContactMethod, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    urgency = models.CharField(max_length=4, choices=Urgency)
    # The severity as a number, where there is one; 0 goes before all and is never bundled.
    priority = models.PositiveSmallIntegerField(null=True)
    # Who carries it, such as "email:mail.example.com"; one that hangs delays no other.
    lane = models.CharField(max_length=100, default="", editable=False)
    # What kind of message: "page", "reminder", "approval", "report", "test"; "bundle" tells of
    # several, "synthetic" proves hourly that pages leave.
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    url = models.CharField(max_length=500, blank=True)
    # Messages about one thing, such as "incident:7", so that they can be cancelled together.
    topic = models.CharField(max_length=100, blank=True)
    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="+")
    idempotency_key = models.CharField(max_length=64, unique=True)
    # The messages about one occasion to one reader, by whatever way, share this.
    occasion = models.CharField(max_length=64, default="", editable=False)
    # The message that tells of this one together with others.
    bundle = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="told", editable=False
    )
    # Of the messages about one occasion, one for each way, a single one stands in the inbox.
    in_inbox = models.BooleanField(default=True, editable=False)
    read_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SendState.values), name="notification_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=SendState.SENT, sent_at__isnull=False)
                | ~Q(state=SendState.SENT),
                name="notification_sent_has_sent_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=SendState.CLAIMED) | Q(lease_until__isnull=False),
                name="notification_claimed_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, channel=None)
                | Q(person=None, channel__isnull=False)
                | Q(person=None, channel=None, lane=NULL_LANE),
                name="notification_has_one_reader",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=OWED, name="notification_owed"),
            models.Index(fields=["person", "-id"], name="notification_by_person"),
            models.Index(
                fields=["person", "-id"],
                condition=Q(in_inbox=True, read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=["topic"], condition=OWED, name="notification_by_topic"),
            models.Index(fields=["lane"], condition=OWED, name="notification_owed_by_lane"),
            models.Index(fields=["channel", "-id"], name="notification_by_channel"),
            models.Index(fields=["occasion"], name="notification_by_occasion"),
            models.Index(
                fields=["person", "sent_at"],
                condition=Q(kind="page"),
                name="notification_pages",
            ),
            models.Index(
                fields=["topic", "wanted_at"],
                condition=Q(kind="page"),
                name="notification_first_page",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.person_id or self.channel_id or self.lane}"

    def late_at(self, now: datetime) -> timedelta:
        """How long after it fell due it left, or has waited up to `now`; zero where it may."""
        if self.state not in {SendState.DUE, SendState.CLAIMED, SendState.SENT}:
            return timedelta(0)
        return max((self.sent_at or now) - self.wanted_at, timedelta(0))


class Webhook(Tracked):
    """Another program that wants to hear of our events, signed."""

    name = models.CharField(_("name"), max_length=100)
    url = models.URLField(_("address"), max_length=500)
    # Signs each delivery (Standard Webhooks); shown once.
    secret = EncryptedTextField(editable=False)
    kinds = models.JSONField(
        _("kinds of event"),
        default=list,
        blank=True,
        help_text=_("Such as “incident.opened” or “incident.*”; empty means every kind."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Events up to here have been turned into deliveries.
    reached_position = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(OutboxQuerySet["WebhookDelivery"]):
    """Events on their way to webhooks."""


class WebhookDelivery(Outgoing):
    """One event on its way to one webhook; kept as the delivery log."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    answer_status = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=SendState.values), name="delivery_state_known"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=OWED, name="delivery_owed")]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.webhook_id}"
