"""What monitors tell us: who may call, what they sent as it came, and what it means."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedTextField
from portal.models import Service, Tracked, User


class Severity(models.IntegerChoices):
    """How bad it is, from the reference; incidents and requests use the same four."""

    P0 = 0, _("P0 critical")
    P1 = 1, _("P1 high")
    P2 = 2, _("P2 medium")
    P3 = 3, _("P3 low")


class IntegrationKind(models.TextChoices):
    ALERTMANAGER = "alertmanager", _("Prometheus Alertmanager")
    GRAFANA = "grafana", _("Grafana")
    PAGERDUTY = "pagerduty", _("PagerDuty Events v2")
    OPSGENIE = "opsgenie", _("Opsgenie")
    GENERIC = "generic", _("Any JSON")
    EMAIL = "email", _("E-mail")
    # Alerts that the portal raises itself; one row, and no key opens it.
    INTERNAL = "internal", _("Evenkeel itself")


class Integration(Tracked):
    """A monitor that may send us alerts, by a key of its own."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(
        _("kind"), max_length=20, choices=IntegrationKind, default="alertmanager"
    )
    # None: the labels of each alert name the service.
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Leave empty to find the service by the labels of each alert."),
    )
    default_severity = models.PositiveSmallIntegerField(
        _("severity without a label"), choices=Severity, default=Severity.P2
    )
    key_prefix = models.CharField(max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The name before the “+” of its e-mail address; only integrations of e-mail have one.
    mail_id = models.UUIDField(null=True, unique=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    # How long an open alert is believed without being told of again; None: for ever.
    stale_after_minutes = models.PositiveIntegerField(
        _("not confirmed after (minutes)"), null=True, blank=True
    )
    # None: nobody is told when it goes quiet for that long.
    quiet_severity = models.PositiveSmallIntegerField(
        _("alert when it goes quiet"), choices=Severity, null=True, blank=True
    )
    # The last call before it went quiet; None while it speaks.
    quiet_since = models.DateTimeField(null=True, editable=False)
    # Asked what fires, to find what no call told us: operations.workflow.upstream.
    poll_url = models.CharField(_("address of Alertmanager"), max_length=500, blank=True)
    poll_receiver = models.CharField(_("only for the receiver"), max_length=200, blank=True)
    poll_secret = EncryptedTextField(blank=True, editable=False)
    poll_due_at = models.DateTimeField(null=True, editable=False)
    polled_at = models.DateTimeField(null=True, editable=False)  # the last that was answered
    poll_error = models.CharField(max_length=300, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=IntegrationKind.values), name="integration_kind_known"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="internal"), name="integration_internal_once"
            ),
            models.CheckConstraint(
                condition=Q(poll_url="", poll_due_at=None)
                | ~Q(poll_url="") & Q(poll_due_at__isnull=False),
                name="integration_asked_iff_it_has_an_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["poll_due_at"],
                condition=Q(poll_due_at__isnull=False),
                name="integration_poll_due",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:integration", args=[self.pk])


class ReceiptState(models.TextChoices):
    RECEIVED = "received", _("Waiting to be read")
    PROCESSED = "processed", _("Read")
    FAILED = "failed", _("Not understood")
    REJECTED = "rejected", _("Rejected")


class Receipt(models.Model):
    """
    One call of a monitor, kept as it came before anything was read into it.

    Its commit is what the sender's 202 promises. Written by machines; kept for a while.
    """

    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, related_name="receipts"
    )
    public_id = models.UUIDField(unique=True, editable=False)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    body_hash = models.CharField(max_length=64)  # SHA-256 of the whole body, in hex
    # What the address asked for beyond the door, such as “close alias disk-full”.
    call = models.TextField(blank=True)
    headers = models.JSONField(default=dict)  # the few that say something, by lower-case name
    # The rules it was last read by; None where the format needs none.
    mapping = models.ForeignKey(
        "operations.IntegrationMapping",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # To be read again on a person's word: what is over by now opens nothing.
    is_replay = models.BooleanField(default=False)
    is_truncated = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=ReceiptState, default=ReceiptState.RECEIVED)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    alert_count = models.PositiveIntegerField(default=0)
    # Those that told of something older than what was known already.
    late_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReceiptState.values), name="receipt_state_known"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="received"), name="receipt_unprocessed"
            ),
            models.Index(fields=["integration", "-id"], name="receipt_by_integration"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def get_absolute_url(self) -> str:
        return reverse("operations:receipt", args=[self.pk])


class UpstreamState(models.TextChoices):
    """What Alertmanager says of an alert that is open here, when it is asked."""

    ACTIVE = "active", _("firing upstream too")
    SILENCED = "silenced", _("silenced upstream")
    INHIBITED = "inhibited", _("inhibited upstream")
    MISSING = "missing", _("unknown upstream")


class AlertState(models.TextChoices):
    """After ANSI/ISA 18.2; `returned` cleared by itself before anybody acknowledged it."""

    UNACKED = "unacked", _("Firing")
    ACKED = "acked", _("Firing, acknowledged")
    RETURNED = "returned", _("Cleared, not acknowledged")
    NORMAL = "normal", _("Cleared")


ALERT_TRANSITIONS: dict[AlertState, set[AlertState]] = {
    AlertState.UNACKED: {AlertState.ACKED, AlertState.RETURNED, AlertState.NORMAL},
    AlertState.ACKED: {AlertState.UNACKED, AlertState.NORMAL},
    AlertState.RETURNED: {AlertState.UNACKED, AlertState.NORMAL},
    AlertState.NORMAL: {AlertState.UNACKED},
}


class Condition(models.TextChoices):
    """
    Whether an alert may wake people, beside its state (ANSI/ISA 18.2).

    The state goes on underneath, so that what was acknowledged is so again when a hold ends.
    Out of service is the alert whose integration is switched off; nothing is written for it.
    """

    IN_SERVICE = "in_service", _("In service")
    SHELVED = "shelved", _("Silenced")
    SUPPRESSED = "suppressed", _("Suppressed")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")


HELD = Q(condition__in=[Condition.SHELVED, Condition.SUPPRESSED])
FIRING = Q(state__in=[AlertState.UNACKED, AlertState.ACKED])
UNACKNOWLEDGED = Q(state__in=[AlertState.UNACKED, AlertState.RETURNED])


class AlertQuerySet(models.QuerySet["Alert"]):
    def firing(self) -> Self:
        return self.filter(FIRING)

    def pending(self) -> Self:
        """Those that somebody should still look at."""
        return self.exclude(state=AlertState.NORMAL)

    def unacknowledged(self) -> Self:
        """Those that nobody has said they look at, whether they still fire or not."""
        return self.filter(UNACKNOWLEDGED)

    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service", "integration")


class Alert(models.Model):
    """
    One thing that a monitor watches and that went wrong, through all its occurrences.

    Identity is (integration, fingerprint). Written by machines, so its events and
    occurrences say all there is and no versions are kept.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    state = models.CharField(max_length=8, choices=AlertState, editable=False)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    generator_url = models.CharField(max_length=1000, blank=True)
    runbook_url = models.CharField(max_length=1000, blank=True)
    started_at = models.DateTimeField()  # of the newest occurrence
    ended_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    occurrence_count = models.PositiveIntegerField(default=1)
    # What the monitor said of it when it was last asked, and when that was.
    upstream_state = models.CharField(max_length=9, choices=UpstreamState, blank=True)
    upstream_at = models.DateTimeField(null=True)
    condition = models.CharField(
        max_length=14, choices=Condition, default=Condition.IN_SERVICE, editable=False
    )
    # At least one rule holds it: it opens nothing and wakes nobody.
    is_held = models.BooleanField(default=False, editable=False)
    is_flapping = models.BooleanField(default=False, editable=False)
    # While it flaps: since its first change too many, when it counts as quiet unless it changes
    # before, and how many changes were kept back.
    flap_began_at = models.DateTimeField(null=True, editable=False)
    flap_due_at = models.DateTimeField(null=True, editable=False)
    flap_count = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "fingerprint"], name="alert_once_per_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AlertState.values), name="alert_state_known"
            ),
            models.CheckConstraint(
                condition=FIRING & Q(ended_at__isnull=True)
                | ~FIRING & Q(ended_at__isnull=False),
                name="alert_ended_iff_not_firing",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="alert_severity_known"
            ),
            models.CheckConstraint(
                condition=HELD & Q(is_held=True)
                | Q(condition=Condition.IN_SERVICE, is_held=False),
                name="alert_held_iff_shelved_or_suppressed",
            ),
            models.CheckConstraint(
                condition=Q(
                    is_flapping=True, flap_due_at__isnull=False, flap_began_at__isnull=False
                )
                | Q(is_flapping=False, flap_due_at__isnull=True),
                name="alert_flaps_until_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="alert_newest"),
            models.Index(
                fields=["severity", "-started_at"], condition=FIRING, name="alert_firing"
            ),
            models.Index(fields=["service", "-started_at"], name="alert_by_service"),
            models.Index(fields=["state", "-started_at", "-id"], name="alert_by_state"),
            models.Index(
                fields=["flap_due_at"], condition=Q(is_flapping=True), name="alert_flapping"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.summary}" if self.summary else self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:alert", args=[self.pk])

    @property
    def is_firing(self) -> bool:
        return self.state in {AlertState.UNACKED, AlertState.ACKED}

    @property
    def standing(self) -> Condition:
        """Its condition, as far as its integration lets anything through at all."""
        is_on = self.integration.is_active
        return Condition(self.condition) if is_on else Condition.OUT_OF_SERVICE


class Occurrence(models.Model):
    """One time that an alert fired, from its start to its end by the monitor's clock."""

    class EndReason(models.TextChoices):
        RESOLVED = "resolved", _("resolved by the monitor")
        SUPERSEDED = "superseded", _("a newer one began")
        RECONCILED = "reconciled", _("the monitor knows of it no more")
        CLOSED = "closed", _("closed by hand")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="occurrences")
    started_at = models.DateTimeField()
    # The start that the monitor told, where that lay in the future and was not believed, or
    # belongs to an occurrence that was given up too soon.
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=10, choices=EndReason, blank=True)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "started_at"], name="occurrence_once"),
            models.UniqueConstraint(
                fields=["alert"], condition=Q(ended_at__isnull=True), name="occurrence_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="occurrence_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} at {self.started_at:%Y-%m-%d %H:%M}"
