"""Who has read which revision, and who was asked to."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision
from portal.models import Team, User

OWED = Q(confirmed_at__isnull=True, remind_at__isnull=False)


class RevisionReading(models.Model):
    """That a person opened a revision, first and last; for those who keep the document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="readings")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "person"], name="reading_once"),
            models.CheckConstraint(
                condition=Q(last_at__gte=models.F("first_at")), name="reading_in_order"
            ),
        ]
        indexes = [models.Index(fields=["document", "person"], name="reading_by_person")]

    def __str__(self) -> str:
        return f"{self.person_id} read {self.revision_id}"


class ReadingRequestQuerySet(models.QuerySet["ReadingRequest"]):
    def visible_to(self, user: User) -> Self:
        """One's own; the pages show them to whoever may change the document, too."""
        return self.filter(asked_by=user)


class ReadingRequest(models.Model):
    """That somebody asks others to read a revision by a day and to say that they have."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="reading_requests"
    )
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    # The team that was asked as a whole, as far as it was one.
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(_("to be read by"))
    note = models.CharField(_("why"), max_length=300, blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = ReadingRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.document}, by {self.due_on}"


class ReadingDutyQuerySet(models.QuerySet["ReadingDuty"]):
    def owed(self) -> Self:
        return self.filter(OWED)

    def with_reminder_due(self, now: datetime) -> Self:
        return self.owed().filter(remind_at__lte=now)

    def owed_by(self, person: User) -> Self:
        """What the person is asked to read and may; the soonest first."""
        documents = Document.objects.visible_to(person).current()
        return (
            self.owed()
            .filter(person=person, request__document__in=documents.values("pk"))
            .select_related("request__document", "request__asked_by")
            .annotate(number=models.F("request__revision__number"))
            .order_by("request__due_on", "pk")
        )


class ReadingDuty(models.Model):
    """One person's part of it: owed until they say that they have read it."""

    request = models.ForeignKey(ReadingRequest, on_delete=models.CASCADE, related_name="duties")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    confirmed_at = models.DateTimeField(null=True, editable=False)
    # The revision that readers got when they said so.
    confirmed_number = models.PositiveIntegerField(null=True, editable=False)
    # When the person is reminded next; None: nothing is owed any more.
    remind_at = models.DateTimeField(null=True, editable=False)

    objects = ReadingDutyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "reading duties"
        constraints = [
            models.UniqueConstraint(fields=["request", "person"], name="reading_duty_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_number__isnull=True)
                | Q(
                    confirmed_at__isnull=False,
                    confirmed_number__isnull=False,
                    remind_at__isnull=True,
                ),
                name="reading_confirmed_of_a_revision",
            ),
        ]
        indexes = [
            models.Index(fields=["remind_at"], condition=OWED, name="reading_remind"),
            models.Index(fields=["person"], condition=OWED, name="reading_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.request}"
