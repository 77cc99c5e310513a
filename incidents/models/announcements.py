"""What subscribers of the status page are told, and the way of each letter."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.subscribers import Subscriber
from portal.models import OWED, Outgoing, SendState, User


class AnnouncementKind(models.TextChoices):
    INCIDENT = "incident", _("Incident")
    MAINTENANCE = "maintenance", _("Maintenance")


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_progress(self) -> Self:
        """Each with how many letters it became, and how many of those left, wait or failed."""

        def number(*states: str) -> Count:
            return Count("deliveries", filter=Q(deliveries__state__in=states))

        return self.annotate(
            letters=Count("deliveries"),
            sent=number(SendState.SENT),
            waiting=number(SendState.DUE, SendState.CLAIMED),
            failed=number(SendState.FAILED),
            cancelled=number(SendState.CANCELLED),
        )


class Announcement(models.Model):
    """One change that the status page published, in the words that it published."""

    kind = models.CharField(_("kind"), max_length=11, choices=AnnouncementKind)
    # What was published, such as "update:7": it is told once, however often we hear of it.
    key = models.CharField(max_length=80, unique=True, editable=False)
    # What it is about, such as "incident:7": mail programs show those letters together.
    topic = models.CharField(max_length=80, editable=False)
    phase = models.CharField(max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=250)
    text = models.TextField(_("text"))
    components = models.JSONField(_("components"), default=list, blank=True)
    path = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(default=timezone.now)
    # In which the page told times then.
    zone = models.CharField(max_length=64, default="UTC", editable=False)
    # Subscribers up to this one have got their letter; None at the end: all have.
    reached_pk = models.PositiveBigIntegerField(default=0, editable=False)
    fanned_out_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=AnnouncementKind.values), name="announcement_kind_known"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(fanned_out_at=None), name="announcement_to_fan_out"
            ),
            models.Index(fields=["topic"], name="announcement_by_topic"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("incidents:announcement", args=[self.pk])


class LetterKind(models.TextChoices):
    POST = "post", _("Announcement")
    CONFIRM = "confirm", _("Asks to confirm")
    KNOWN = "known", _("Says that they subscribe already")


class SubscriberDeliveryQuerySet(models.QuerySet["SubscriberDelivery"]):
    def owed(self) -> Self:
        return self.filter(OWED)


class SubscriberDelivery(Outgoing):
    """One letter to one subscriber; kept as the log of what was sent."""

    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="deliveries"
    )
    # None: a letter about the subscription itself.
    announcement = models.ForeignKey(
        Announcement, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    kind = models.CharField(max_length=7, choices=LetterKind, default=LetterKind.POST)
    # Who carries it: "email", or one of a few lanes of webhooks.
    lane = models.CharField(max_length=20, editable=False)
    answer_status = models.PositiveSmallIntegerField(null=True, editable=False)

    objects = SubscriberDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "subscriber deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "subscriber"],
                condition=Q(announcement__isnull=False),
                name="subscriber_told_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SendState.values), name="subscriber_delivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=LetterKind.POST, announcement__isnull=False)
                | ~Q(kind=LetterKind.POST) & Q(announcement=None),
                name="subscriber_delivery_of_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "due_at"], condition=OWED, name="subscriber_delivery_owed"
            ),
            models.Index(fields=["subscriber", "-id"], name="subscriber_delivery_log"),
            models.Index(fields=["announcement", "state"], name="subscriber_delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.subscriber_id}"
