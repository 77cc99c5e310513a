"""What is new in the documents, for everybody who reads them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.comments import DocumentComment
from knowledge.models.documents import Document
from knowledge.models.watching import ReaderSettings, Watch
from portal.models import User


class NewsKind(models.TextChoices):
    PUBLISHED = "published", _("Published")
    COMMENTED = "commented", _("Commented on")
    ARCHIVED = "archived", _("Archived")
    BROUGHT_BACK = "brought_back", _("Brought back")


class DocumentNewsQuerySet(models.QuerySet["DocumentNews"]):
    def visible_to(self, user: User) -> Self:
        """Of an archived document only that it is; of what was said, what still stands."""
        # Asked of each row as it is listed: nobody waits until all documents are gone through.
        readable = Document.objects.visible_to(user).filter(pk=OuterRef("document"))
        current = Q(document__archived_at=None) | Q(kind=NewsKind.ARCHIVED)
        return self.filter(current, Exists(readable), comment__removed_at=None)

    def unseen_by(self, user: User) -> Self:
        """What others did since the person last said that they have read it all."""
        settings = ReaderSettings.objects.filter(person=user).first()
        unseen = self.filter(pk__gt=settings.news_seen if settings else 0)
        return unseen.filter(at__gte=user.joined_at).exclude(actor=user)

    def watched_by(self, user: User) -> Self:
        watches = Watch.objects.of(user)
        return self.filter(
            Q(document__in=watches.exclude(document=None).values("document"))
            | Q(document__space__in=watches.exclude(space=None).values("space"))
        )

    def with_list_columns(self) -> Self:
        return self.select_related("document__space", "actor", "comment")


class DocumentNews(models.Model):
    """One thing that happened to a document and that its readers may want to know."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=NewsKind)
    # Of the revision that readers get since.
    number = models.PositiveIntegerField(null=True)
    comment = models.ForeignKey(
        DocumentComment, null=True, on_delete=models.CASCADE, related_name="+"
    )
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DocumentNewsQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "document news"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=NewsKind.values), name="document_news_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="commented", comment__isnull=False)
                | ~Q(kind="commented") & Q(comment__isnull=True),
                name="document_news_of_a_comment_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.document_id}"

    @property
    def url(self) -> str:
        """Where one reads what is new."""
        document = self.document
        if self.comment_id is not None:
            return f"{document.get_absolute_url()}#comment-{self.comment_id}"
        return document.get_absolute_url()
