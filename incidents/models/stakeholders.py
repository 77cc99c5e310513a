"""Who in and around the house is told of incidents, by which rules, and what they were sent."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from operations.models import Severity
from portal.crypto import EncryptedTextField
from portal.models import OWED, Outgoing, SendState, Service, Tracked, User
from portal.models.tracked import Attributed, versions

LONGEST = 7 * 24 * 60  # minutes


class Medium(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class StakeholderGroupQuerySet(models.QuerySet["StakeholderGroup"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.prefetch_related("services", "people__person")


class StakeholderGroup(Tracked):
    """People who want to hear of the same: of these severities, and of these services."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    severities = models.JSONField(_("of these severities"), default=list)
    services = models.ManyToManyField(
        Service, verbose_name=_("of these services"), blank=True, related_name="+"
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = StakeholderGroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:stakeholder-group", args=[self.pk])


class StakeholderQuerySet(models.QuerySet["Stakeholder"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("person").prefetch_related("groups")


class Stakeholder(Attributed):
    """
    Somebody who is told: a member of the portal, or a person from outside.

    Versions keep neither address nor number, so that both can be erased.
    """

    person = models.OneToOneField(
        User,
        verbose_name=_("member"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    email = EncryptedTextField(_("e-mail address"), max_length=254, blank=True)
    phone = EncryptedTextField(
        _("mobile number"), max_length=20, blank=True, help_text=_("Such as +41791234567.")
    )
    groups = models.ManyToManyField(
        StakeholderGroup, verbose_name=_("groups"), blank=True, related_name="people"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    history = versions(excluded_fields=["email", "phone"])
    objects = StakeholderQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(name=""), name="stakeholder_is_somebody"
            )
        ]

    def __str__(self) -> str:
        return self.person.name if self.person else self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:stakeholder", args=[self.pk])


class MessageTemplate(Tracked):
    """Words to begin a message with; `[…]` stands for what is filled in."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=4000)
    sms = models.CharField(_("SMS"), max_length=300)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:message-template", args=[self.pk])


class CommunicationRule(Tracked):
    """How stakeholders are told at a severity: in the whole house, or of one service."""

    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)
    # None: of every service without a rule of its own.
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    by_email = models.BooleanField(_("by e-mail"), default=False)
    by_sms = models.BooleanField(_("by SMS"), default=False)
    # None: the status page is enough.
    within_minutes = models.PositiveIntegerField(
        _("within (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text=_("Of detection. Empty: only the status page is updated."),
    )
    template = models.ForeignKey(
        MessageTemplate,
        verbose_name=_("first message, sent by itself"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Sent as soon as the incident opens. Empty: people write it."),
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["severity", "service"]
        constraints = [
            models.UniqueConstraint(
                fields=["severity"], condition=Q(service=None), name="rule_of_the_house_once"
            ),
            models.UniqueConstraint(
                fields=["severity", "service"],
                condition=Q(service__isnull=False),
                name="rule_of_a_service_once",
            ),
            models.CheckConstraint(
                condition=Q(within_minutes=None, by_email=False, by_sms=False, template=None)
                | Q(within_minutes__isnull=False) & (Q(by_email=True) | Q(by_sms=True)),
                name="rule_has_both_time_and_way",
                violation_error_message=_(
                    "Say both by which way and within how many minutes, or neither."
                ),
            ),
        ]

    def __str__(self) -> str:
        where = self.service.name if self.service else str(_("every service"))
        return f"{Severity(self.severity).name}, {where}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:communication-rule", args=[self.pk])

    @property
    def media(self) -> list[Medium]:
        return [
            *([Medium.EMAIL] if self.by_email else []),
            *([Medium.SMS] if self.by_sms else []),
        ]


class StakeholderMessageQuerySet(models.QuerySet["StakeholderMessage"]):
    def with_progress(self) -> Self:
        """Each with how many letters it became, and how many left, wait or failed."""

        def number(*states: str) -> Any:
            return models.Count("deliveries", filter=Q(deliveries__state__in=states))

        return self.select_related("author").annotate(
            letters=models.Count("deliveries"),
            sent=number(SendState.SENT),
            waiting=number(SendState.DUE, SendState.CLAIMED),
            failed=number(SendState.FAILED),
        )


class StakeholderMessage(models.Model):
    """What stakeholders were told about an incident; internal, and never edited."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="messages")
    # None: sent by itself.
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity)
    by_email = models.BooleanField()
    by_sms = models.BooleanField()
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=4000)
    sms = models.CharField(_("SMS"), max_length=300, blank=True)
    # Whom it could not be sent to, and why: a list of {name, medium, why}.
    gaps = models.JSONField(default=list)
    sent_at = models.DateTimeField(default=timezone.now)

    objects = StakeholderMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return self.subject


class StakeholderDelivery(Outgoing):
    """One message on its way to one person by one medium."""

    message = models.ForeignKey(
        StakeholderMessage, on_delete=models.CASCADE, related_name="deliveries"
    )
    # None: they are no stakeholder any more.
    stakeholder = models.ForeignKey(
        Stakeholder, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    name = models.CharField(max_length=150)
    medium = models.CharField(max_length=5, choices=Medium)
    address = EncryptedTextField()
    address_hash = models.CharField(max_length=64, editable=False)
    # Why they are told, such as “group Directors: P0”.
    reasons = models.JSONField(default=list)
    lane = models.CharField(max_length=100, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "stakeholder deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["message", "medium", "address_hash"], name="stakeholder_told_once"
            ),
            models.CheckConstraint(
                condition=Q(medium__in=Medium.values), name="stakeholder_medium_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=SendState.values), name="stakeholder_delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "due_at"], condition=OWED, name="stakeholder_delivery_owed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} by {self.medium}"


class DeadlineState(models.TextChoices):
    """`late`: told, after the time was over; `replaced`: the severity asks for another."""

    DUE = "due", _("Due")
    BREACHED = "breached", _("Missed, nobody was told yet")
    MET = "met", _("Told in time")
    LATE = "late", _("Told too late")
    REPLACED = "replaced", _("Replaced")
    NOT_NEEDED = "not_needed", _("Not needed any more")


OPEN_DEADLINE = Q(state__in=[DeadlineState.DUE, DeadlineState.BREACHED])


class CommunicationDeadline(models.Model):
    """By when stakeholders must have been told of an incident, and whether they were."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="deadlines")
    severity = models.PositiveSmallIntegerField(choices=Severity)
    by_email = models.BooleanField()
    by_sms = models.BooleanField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeadlineState, default=DeadlineState.DUE)
    told_at = models.DateTimeField(null=True)
    message = models.ForeignKey(
        StakeholderMessage, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    breached_at = models.DateTimeField(null=True)
    # How far the reminders have come, and when the next one is due.
    stage = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=OPEN_DEADLINE, name="deadline_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeadlineState.values), name="deadline_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[DeadlineState.MET, DeadlineState.LATE])
                & Q(told_at__isnull=False)
                | ~Q(state__in=[DeadlineState.MET, DeadlineState.LATE]) & Q(told_at=None),
                name="deadline_told_iff_told_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DeadlineState.BREACHED, DeadlineState.LATE])
                | Q(breached_at__isnull=False),
                name="deadline_breached_has_moment",
            ),
            models.CheckConstraint(
                condition=OPEN_DEADLINE | Q(next_at=None), name="deadline_over_reminds_nobody"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="deadline_next"
            ),
            models.Index(fields=["-due_at"], name="deadline_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} by {self.due_at:%H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in {DeadlineState.DUE, DeadlineState.BREACHED}
