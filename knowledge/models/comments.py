"""What people say about a document: threads on a revision, open until somebody settles them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision
from portal.models import User
from portal.models.tracked import Attributed, versions

LONGEST_QUOTE = 500  # characters
THREAD = Q(parent__isnull=True)
OPEN = THREAD & Q(resolved_at__isnull=True)


class DocumentCommentQuerySet(models.QuerySet["DocumentComment"]):
    def visible_to(self, user: User) -> Self:
        """Whoever reads the document reads what is said about it."""
        return self.filter(document__in=Document.objects.visible_to(user))

    def threads(self) -> Self:
        """What began a thread; one that was deleted only while there are answers to it."""
        answers = DocumentComment.objects.filter(parent=OuterRef("pk"), removed_at=None)
        return self.filter(THREAD).filter(Q(removed_at=None) | Exists(answers))

    def open(self) -> Self:
        return self.filter(OPEN)

    def blocking(self) -> Self:
        """Those that have to be settled before an approval."""
        return self.open().filter(is_blocking=True)

    def with_line_columns(self) -> Self:
        return self.select_related("author", "resolved_by").annotate(
            made_on=F("revision__number"), settled_in=F("resolved_in__number")
        )


class DocumentComment(Attributed):
    """
    What one person said about a revision, as a whole or about words of it; or an answer.

    A thread is settled in a revision. What is edited keeps its past wordings as its history;
    what is deleted stays as a mark where others have answered.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="comments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="replies"
    )
    # Words of the rendered text, by which the place is found again in other revisions.
    quote = models.CharField(_("about the words"), max_length=LONGEST_QUOTE, blank=True)
    # The anchor of the heading below which it stands.
    heading = models.CharField(_("about the section"), max_length=200, blank=True)
    text = models.TextField(_("text"), max_length=10_000)
    html = models.TextField(editable=False)  # safe HTML, rendered when saved
    renderer = models.CharField(max_length=20, editable=False)
    is_blocking = models.BooleanField(_("has to be settled before approval"), default=False)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    resolved_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    resolved_in = models.ForeignKey(
        Revision, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    history = versions(excluded_fields=["html", "renderer"])
    objects = DocumentCommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_in__isnull=True)
                | Q(resolved_at__isnull=False, resolved_in__isnull=False),
                name="comment_resolved_iff_in_a_revision",
            ),
            models.CheckConstraint(
                condition=THREAD
                | Q(resolved_at__isnull=True, is_blocking=False, quote="", heading=""),
                name="comment_answer_has_no_state_of_its_own",
            ),
        ]
        indexes = [
            models.Index(fields=["document", "-id"], condition=THREAD, name="comment_threads"),
            models.Index(fields=["document"], condition=OPEN, name="comment_open"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{self.document.get_absolute_url()}#comment-{self.pk}"
