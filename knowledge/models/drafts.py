"""What is not a revision yet, and addresses that a document had before."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from knowledge.models.documents import Document
from portal.models import User

EDITING_FOR = timedelta(minutes=2)  # after the last keystroke that reached us


class DocumentDraftQuerySet(models.QuerySet["DocumentDraft"]):
    def being_written(self, now: datetime) -> Self:
        """Those whose author is at it now; advice, never a lock."""
        return self.filter(changed_at__gt=now - EDITING_FOR).select_related("author")


class DocumentDraft(models.Model):
    """What one person has typed and not saved; nobody else reads it."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    base_number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    started_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = DocumentDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "author"], name="one_draft_each")
        ]

    def __str__(self) -> str:
        return f"Draft of {self.document_id} by {self.author_id}"


class DocumentRedirectQuerySet(models.QuerySet["DocumentRedirect"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(document__in=Document.objects.visible_to(user).values("pk"))


class DocumentRedirect(models.Model):
    """An address that a document had; it leads to the document, so never in a circle."""

    slug = models.SlugField(unique=True, max_length=200)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="redirects")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DocumentRedirectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.slug
