"""Keys that no longer open, and how often somebody tried with one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.models.alerts import Integration
from operations.models.heartbeats import Heartbeat


class RetiredKey(models.Model):
    """The hash of a key that was replaced, so that a call with it can be told whose it was."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    retired_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-retired_at"]

    def __str__(self) -> str:
        return f"An old key of {self.integration_id}"


class RejectionReason(models.TextChoices):
    UNKNOWN_KEY = "unknown_key", _("with a key that nobody knows")
    OLD_KEY = "old_key", _("with a key that was replaced")
    SWITCHED_OFF = "switched_off", _("while the integration was switched off")
    OTHER_DOOR = "other_door", _("at the address of another kind of integration")
    NOT_JSON = "not_json", _("with a body that is not JSON")
    INVALID = "invalid", _("that were not valid for their format")


class Rejection(models.Model):
    """How often calls were turned away for one reason; one row for each, however many."""

    # None: nobody knows whose key it was.
    integration = models.ForeignKey(
        Integration, null=True, on_delete=models.CASCADE, related_name="rejections"
    )
    reason = models.CharField(max_length=12, choices=RejectionReason)
    count = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now, editable=False)
    last_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "reason"], name="rejection_once_per_reason"
            ),
            models.UniqueConstraint(
                fields=["reason"],
                condition=Q(integration__isnull=True),
                name="rejection_of_nobody_once_per_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=RejectionReason.values), name="rejection_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} calls {self.get_reason_display()}"


class RetiredPingKey(models.Model):
    """An address of a job that was replaced, so that a ping to it can be told whose it was."""

    heartbeat = models.ForeignKey(Heartbeat, on_delete=models.CASCADE, related_name="+")
    ping_key = models.UUIDField(unique=True, editable=False)
    retired_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-retired_at"]

    def __str__(self) -> str:
        return f"An old address of {self.heartbeat_id}"


class PingRejectionReason(models.TextChoices):
    OLD_ADDRESS = "old_address", _("at an address that was replaced")
    NO_SUCH_WORD = "no_such_word", _("with a word that means nothing")
    BAD_RUN = "bad_run", _("with a rid that is no UUID")
    BROKEN_OFF = "broken_off", _("with a body that broke off")


class PingRejection(models.Model):
    """How often pings of a job were turned away for one reason, with the newest of them."""

    heartbeat = models.ForeignKey(
        Heartbeat, on_delete=models.CASCADE, related_name="rejections"
    )
    reason = models.CharField(max_length=12, choices=PingRejectionReason)
    count = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now, editable=False)
    last_at = models.DateTimeField(default=timezone.now, editable=False)
    # Of the newest: what stood behind the key, and who sent it.
    call = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=4)
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["heartbeat", "reason"], name="ping_rejection_once_per_reason"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=PingRejectionReason.values),
                name="ping_rejection_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} pings {self.get_reason_display()}"
