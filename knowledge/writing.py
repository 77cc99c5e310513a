"""The fields in which people write about what the documents know, too."""

from portal.writing import MarkdownArea


class LinkedArea(MarkdownArea):
    """For notes, reviews and updates: links to documents are found while one types."""

    links = "document-link-targets"


class DocumentArea(LinkedArea):
    """For a whole document."""

    preview = "document-preview"
    is_large = True
