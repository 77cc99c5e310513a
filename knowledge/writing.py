"""The fields in which people write about what the documents know, too."""

from django.forms import BaseForm
from django.urls import reverse

from knowledge.models import Document
from portal.writing import MarkdownArea


class LinkedArea(MarkdownArea):
    """For notes, reviews and updates: links to documents are found while one types."""

    links = "document-link-targets"


class DocumentArea(LinkedArea):
    """For a whole document."""

    preview = "document-preview"
    is_large = True


def belongs_to(form: BaseForm, document: Document) -> None:
    """Let the form's text show what lies beside the document, and take files for it."""
    area = form.fields["body"].widget
    assert isinstance(area, DocumentArea)
    area.subject = document.pk
    area.upload = reverse("document-attachments", kwargs={"pk": document.pk})
