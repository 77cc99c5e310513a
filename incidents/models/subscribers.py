"""Who follows the public status page: people by e-mail, programs by webhook."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedTextField
from portal.models import User


class SubscriberKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook, signed")


class SubscriberState(models.TextChoices):
    """`suspended`: what we send does not arrive; `left`: all that is personal is erased."""

    UNCONFIRMED = "unconfirmed", _("Not confirmed")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    SUSPENDED = "suspended", _("Suspended")
    LEFT = "left", _("Left")


SUBSCRIBER_TRANSITIONS: dict[SubscriberState, set[SubscriberState]] = {
    SubscriberState.UNCONFIRMED: {SubscriberState.ACTIVE, SubscriberState.LEFT},
    SubscriberState.ACTIVE: {
        SubscriberState.PAUSED,
        SubscriberState.SUSPENDED,
        SubscriberState.LEFT,
    },
    SubscriberState.PAUSED: {
        SubscriberState.ACTIVE,
        SubscriberState.SUSPENDED,
        SubscriberState.LEFT,
    },
    SubscriberState.SUSPENDED: {SubscriberState.ACTIVE, SubscriberState.LEFT},
    SubscriberState.LEFT: set(),
}


class Wanted(models.Model):
    """What somebody wants to hear of; no components means every one, also those to come."""

    wants_incidents = models.BooleanField(_("incidents"), default=True)
    wants_maintenance = models.BooleanField(_("maintenance"), default=True)
    # The short names under which the status page shows them.
    components = models.JSONField(_("components"), default=list, blank=True)

    class Meta:
        abstract = True


class SubscriptionRequest(Wanted):
    """
    What somebody asked for on the open page, until a process of ours looks at it.

    Asking writes this row whether or not the address is known, so that neither the answer
    nor the time it takes tells one from the other.
    """

    kind = models.CharField(max_length=7, choices=SubscriberKind)
    address = EncryptedTextField(max_length=500)
    requested_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SubscriberKind.values), name="subscription_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def present(self) -> Self:
        """Those who have not left; of the others only a number remains."""
        return self.exclude(state=SubscriberState.LEFT)

    def following(self) -> Self:
        """Those to whom what is published is sent."""
        return self.filter(state=SubscriberState.ACTIVE)


class Subscriber(Wanted):
    """
    One address that follows the status page.

    Not versioned, and named by number alone wherever something is kept for good: the address
    belongs to somebody who may leave and take it along.
    """

    kind = models.CharField(_("kind"), max_length=7, choices=SubscriberKind)
    address = EncryptedTextField(_("address"), max_length=500, blank=True)
    # Under which the address is found again; keyed, so that nobody can try addresses out.
    address_hash = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=11, choices=SubscriberState, default=SubscriberState.UNCONFIRMED
    )
    # Signs what a webhook is sent (Standard Webhooks).
    secret = EncryptedTextField(blank=True, editable=False)
    # What both tokens are worked out from; the tokens themselves are kept as hashes only.
    nonce = models.CharField(max_length=64, editable=False)
    manage_hash = models.CharField(max_length=64, unique=True, editable=False)
    confirm_hash = models.CharField(max_length=64, unique=True, editable=False)
    confirm_ends_at = models.DateTimeField(editable=False)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    left_at = models.DateTimeField(null=True, editable=False)
    suspended_reason = models.CharField(max_length=300, blank=True, editable=False)
    # Announcements in a row that could not be delivered.
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash"],
                condition=~Q(address_hash=""),
                name="subscriber_once_per_address",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SubscriberKind.values), name="subscriber_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=SubscriberState.values), name="subscriber_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=SubscriberState.LEFT, address_hash="", left_at__isnull=False)
                | ~Q(state=SubscriberState.LEFT) & ~Q(address_hash="") & Q(left_at=None),
                name="subscriber_who_left_is_nobody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SubscriberState.ACTIVE, SubscriberState.PAUSED])
                | Q(confirmed_at__isnull=False),
                name="subscriber_has_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state=SubscriberState.SUSPENDED) & ~Q(suspended_reason="")
                | ~Q(state=SubscriberState.SUSPENDED) & Q(suspended_reason=""),
                name="subscriber_suspended_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(wants_incidents=True) | Q(wants_maintenance=True),
                name="subscriber_wants_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state=SubscriberState.ACTIVE),
                name="subscriber_following",
            ),
            models.Index(fields=["state", "-id"], name="subscriber_by_state"),
        ]

    def __str__(self) -> str:
        return f"Subscriber {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:subscriber", args=[self.pk])

    def wants(self, announcement_kind: str, components: list[str]) -> bool:
        """Whether this is to be told; maintenance of a chosen component counts as well."""
        wanted = self.wants_maintenance if announcement_kind == "maintenance" else None
        if not (self.wants_incidents if wanted is None else wanted):
            return False
        return not self.components or bool(set(self.components) & set(components))
