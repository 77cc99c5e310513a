"""Reviews of documents: which kinds need one, and what was asked and answered."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, DocumentKind, Revision
from portal.models import Tracked, User

UNANSWERED = Q(state="asked")
# Reviews of incidents have an approval of their own before they become a document.
REVIEWABLE = [kind for kind in DocumentKind if kind != DocumentKind.REVIEW]


class ReviewPolicy(Tracked):
    """Whether documents of a kind go to readers only once somebody else approved them."""

    kind = models.CharField(max_length=9, choices=DocumentKind, unique=True)
    review_needed = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind"]
        verbose_name_plural = "review policies"

    def __str__(self) -> str:
        return self.get_kind_display()


class ReviewState(models.TextChoices):
    ASKED = "asked", _("Waits for a review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Changes asked for")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RevisionReviewQuerySet(models.QuerySet["RevisionReview"]):
    def visible_to(self, user: User) -> Self:
        if user.is_administrator:
            return self
        read = Document.objects.visible_to(user).values("pk")
        return self.filter(revision__document__in=read)

    def unanswered(self) -> Self:
        return self.filter(UNANSWERED)

    def unreviewed(self) -> Self:
        """What readers have since an emergency, without anybody's approval."""
        return self.filter(
            is_urgent=True, revision__document__published=models.F("revision")
        ).exclude(state=ReviewState.APPROVED)

    def of_current(self) -> Self:
        """Those of documents that readers get; archived ones wait for nothing."""
        return self.filter(revision__document__archived_at=None)

    def with_list_columns(self) -> Self:
        rows = self.select_related(
            "revision__document__team",
            "revision__document__space",
            *("revision__author", "asked_by", "answered_by"),
        )
        return rows.defer("revision__body", "revision__html").prefetch_related(
            "approvals__person"
        )


class RevisionReview(models.Model):
    """One question to others whether a revision is right, and their answer; never undone."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    # What readers had when it was asked; whoever wrote anything since does not answer.
    since_number = models.PositiveIntegerField(default=0)
    # Published already, in an emergency: readers see that it is unreviewed.
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=ReviewState, default=ReviewState.ASKED)
    note = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    reviewers = models.ManyToManyField(User, related_name="+")
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = RevisionReviewQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReviewState.values), name="revision_review_state_known"
            ),
            models.CheckConstraint(
                condition=UNANSWERED & Q(answered_at__isnull=True)
                | ~UNANSWERED & Q(answered_at__isnull=False),
                name="revision_review_answered_iff_answered_at",
            ),
            models.UniqueConstraint(
                fields=["revision"], condition=UNANSWERED, name="revision_asked_about_once"
            ),
            models.CheckConstraint(
                condition=Q(is_urgent=False) | ~Q(note=""),
                name="revision_published_urgently_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at", "id"], condition=UNANSWERED, name="revision_review_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"Review of {self.revision}"

    def get_absolute_url(self) -> str:
        return self.revision.get_absolute_url()

    @property
    def approvals_needed(self) -> int:
        """How many have to say that it is right, by the space in which the document lies."""
        return self.revision.document.space.approvals_needed


class RevisionApproval(models.Model):
    """One person's word that a revision is right; enough of them and readers get it."""

    review = models.ForeignKey(
        RevisionReview, on_delete=models.CASCADE, related_name="approvals"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "person"], name="revision_approved_once_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.review_id}"
