"""Post-incident reviews: what happened, why, and what will be done about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from incidents.models.review_templates import ReviewTemplateVersion
from incidents.models.review_templates import (
    check_sections as check_sections,  # the first migration knows it by this address
)
from knowledge.models import Document
from portal.models import Tracked, User


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    NOT_NEEDED = "not_needed", _("Not needed")


NEVER = datetime(9000, 1, 1, tzinfo=UTC)
# Being written or looked at: not published yet, and not given up either.
BEING_WRITTEN = Q(state__in=[ReviewState.DRAFT, ReviewState.IN_REVIEW])


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> Self:
        """Who sees the incident sees its review."""
        return self.filter(incident__in=Incident.objects.visible_to(user))

    def being_written(self) -> Self:
        return self.filter(BEING_WRITTEN)

    def owed(self) -> Self:
        """Those whose clock runs."""
        return self.filter(BEING_WRITTEN, due_at__isnull=False)

    def overdue_at(self, now: datetime) -> Self:
        return self.filter(BEING_WRITTEN, due_at__lt=now)

    def with_list_columns(self) -> Self:
        return self.select_related("incident__service", "owner")

    def most_pressing_first(self) -> Self:
        """What is owed by its due time, the longest overdue first; then the newest."""
        is_owed = models.When(BEING_WRITTEN & Q(due_at__isnull=False), then=F("due_at"))
        at_last = models.Value(NEVER, models.DateTimeField())
        pressing = models.Case(is_owed, default=at_last, output_field=models.DateTimeField())
        return self.annotate(pressing_at=pressing).order_by("pressing_at", "-pk")


class Review(Tracked):
    """The post-incident review (PIR) of one incident; due 48 hours after P0 and P1."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="review")
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    contributors = models.ManyToManyField(User, related_name="+", blank=True)
    state = models.CharField(
        max_length=10, choices=ReviewState, default=ReviewState.DRAFT, editable=False
    )
    # The wording of each section by its key, as Markdown.
    sections = models.JSONField(default=dict)
    # [{"key", "title", "hint", "required"}] as the template read when the draft was made.
    outline = models.JSONField(default=list, editable=False)
    template_version = models.ForeignKey(
        ReviewTemplateVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # What was filled in by section: {"at", "lines": [{"text", "source", "url"}]}.
    filled = models.JSONField(default=dict, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    remind_at = models.DateTimeField(null=True, editable=False)
    # Goes up with each save, so that two writers do not overwrite each other.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    not_needed_because = models.CharField(max_length=500, blank=True, editable=False)
    document = models.ForeignKey(
        Document, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # What the public may read of it: written apart, never taken from the sections.
    public_text = models.TextField(max_length=20_000, blank=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReviewState.values), name="review_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.PUBLISHED, published_at__isnull=False)
                | ~Q(state=ReviewState.PUBLISHED) & Q(published_at__isnull=True),
                name="review_published_iff_published_at",
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.NOT_NEEDED) & ~Q(not_needed_because="")
                | ~Q(state=ReviewState.NOT_NEEDED) & Q(not_needed_because=""),
                name="review_not_needed_iff_it_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="review_remind_at",
            ),
            models.Index(fields=["due_at"], condition=BEING_WRITTEN, name="review_owed"),
        ]

    def __str__(self) -> str:
        return f"Review of {self.incident}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:review", args=[self.incident_id])

    @property
    def is_being_written(self) -> bool:
        return self.state in {ReviewState.DRAFT, ReviewState.IN_REVIEW}

    def is_overdue_at(self, now: datetime) -> bool:
        return self.is_being_written and self.due_at is not None and self.due_at < now


class Verdict(models.TextChoices):
    ASKED = "asked", _("Asked")
    APPROVED = "approved", _("Approves")
    CHANGES = "changes", _("Asks for changes")


class ReviewRequest(models.Model):
    """One person who was asked by name to look over a review, and what they said."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="requests")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=8, choices=Verdict, default=Verdict.ASKED)
    remark = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    # The version of the review that the verdict is about.
    about_version = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "person"], name="review_asks_each_person_once"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.ASKED, answered_at__isnull=True)
                | Q(
                    verdict__in=[Verdict.APPROVED, Verdict.CHANGES],
                    answered_at__isnull=False,
                    about_version__isnull=False,
                ),
                name="review_verdict_iff_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.review}"


class ReviewComment(models.Model):
    """What somebody said about one section of a review; open until it is resolved."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="comments")
    section = models.CharField(max_length=60, blank=True)  # empty: about the whole
    text = models.TextField(max_length=4000)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(
                fields=["review"],
                condition=Q(resolved_at__isnull=True),
                name="review_comment_open",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class ReviewWaiver(Tracked):
    """Leave to close an incident before its review is published; the review stays owed."""

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="review_waivers"
    )
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-granted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(revoked_at__isnull=True),
                name="waiver_stands_once",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_says_why"),
        ]

    def __str__(self) -> str:
        return f"Waiver for {self.incident}"
