"""What became of each file of an import."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision, RevisionState
from knowledge.models.imports import DocumentImport
from portal.models import User


class Outcome(models.TextChoices):
    CREATED = "created", _("New")
    REVISED = "revised", _("New revision")
    SAME = "same", _("Unchanged")
    REFUSED = "refused", _("Could not come in")


class ImportedFileQuerySet(models.QuerySet["ImportedFile"]):
    def with_documents(self, user: User) -> Self:
        """With the documents that this person reads, and whether readers get the newest."""
        newest = Revision.objects.filter(
            document=OuterRef("pk"), number=OuterRef("latest_number")
        )
        documents = Document.objects.visible_to(user).annotate(
            newest_state=Subquery(newest.values("state")[:1])
        )
        return self.prefetch_related(Prefetch("document", queryset=documents))

    def drafts(self) -> Self:
        """Those whose newest words readers do not get, and nobody is asked about yet."""
        return self.filter(
            document__archived_at=None,
            document__revisions__number=F("document__latest_number"),
            document__revisions__state__in=[RevisionState.DRAFT, RevisionState.CHANGES],
        )


class ImportedFile(models.Model):
    """One Markdown file that was written, or could not be; `document` is what it became."""

    document_import = models.ForeignKey(
        DocumentImport, on_delete=models.CASCADE, related_name="files"
    )
    path = models.CharField(_("file"), max_length=400)
    outcome = models.CharField(_("what became of it"), max_length=7, choices=Outcome)
    document = models.ForeignKey(
        Document, null=True, on_delete=models.CASCADE, related_name="+"
    )

    objects = ImportedFileQuerySet.as_manager()

    class Meta:
        ordering = ["path", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document_import", "path"], name="imported_file_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="refused", document=None)
                | Q(outcome__in=["created", "revised", "same"], document__isnull=False),
                name="imported_file_document_iff_in",
            ),
        ]

    def __str__(self) -> str:
        return self.path
