"""How people and teams are reached: a person's ways and rules, and the channels of teams."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedTextField
from portal.models.people import Team, Urgency, User
from portal.models.tracked import Tracked

LONGEST_DELAY = 1440  # minutes


class ContactKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    APPRISE = "apprise", _("Chat, SMS or push (Apprise address)")


class ContactMethod(Tracked):
    """One way to reach a person; their rules say when it is used."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ContactKind)
    label = models.CharField(_("label"), max_length=60)
    # An Apprise address holds passwords, so it is encrypted where it lies.
    destination = EncryptedTextField(_("address"), max_length=500)
    # When the person entered what a message through this way had told them.
    verified_at = models.DateTimeField(null=True, editable=False)
    # What the code of the newest test message is worked out from; empty when none is open.
    code_nonce = models.CharField(max_length=32, blank=True, editable=False)
    code_ends_at = models.DateTimeField(null=True, editable=False)
    is_broken = models.BooleanField(default=False, editable=False)
    broken_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ContactKind.values), name="contact_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(code_nonce="") | Q(code_ends_at__isnull=False),
                name="contact_code_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.get_kind_display()})"


class NotificationRule(Tracked):
    """One step of a person's chain: after so many minutes, by this way, perhaps again."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    urgency = models.CharField(_("for"), max_length=4, choices=Urgency)
    # None: the e-mail address they sign in with.
    contact = models.ForeignKey(
        ContactMethod,
        verbose_name=_("way"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
    )
    # Minutes after the message fell due, while nobody has acknowledged.
    after_minutes = models.PositiveSmallIntegerField(_("after minutes"), default=0)

    class Meta:
        ordering = ["after_minutes", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(urgency__in=Urgency.values), name="rule_urgency_known"
            ),
            models.CheckConstraint(
                condition=Q(after_minutes__lte=LONGEST_DELAY), name="rule_within_a_day"
            ),
            models.UniqueConstraint(
                fields=["person", "urgency", "contact", "after_minutes"],
                name="rule_once_per_moment",
            ),
            models.UniqueConstraint(
                fields=["person", "urgency", "after_minutes"],
                condition=Q(contact=None),
                name="rule_once_per_moment_by_sign_in",
            ),
        ]

    def __str__(self) -> str:
        way = self.contact.label if self.contact else str(_("Sign-in address"))
        return f"{self.get_urgency_display()}, {self.after_minutes} min, {way}"

    @property
    def after(self) -> timedelta:
        return timedelta(minutes=self.after_minutes)


class ChannelKind(models.TextChoices):
    EMAIL = "email", _("Mailing list")
    APPRISE = "apprise", _("Chat room (Apprise address)")
    WEBHOOK = "webhook", _("Webhook, signed")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("team")


class Channel(Tracked):
    """Where several read or a program listens: a chat room, a mailing list, a webhook."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    # None: it belongs to everybody, and administrators look after it.
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ChannelKind)
    destination = EncryptedTextField(_("address"), max_length=500)
    # Signs each call of a webhook (Standard Webhooks); shown once.
    secret = EncryptedTextField(blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=ChannelKind.WEBHOOK) | ~Q(secret=""),
                name="channel_webhook_has_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("channel", args=[self.pk])
