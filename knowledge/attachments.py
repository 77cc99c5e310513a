"""How an attachment is named in Markdown, and where it is used."""

import posixpath

from knowledge.models import Attachment, Document


def address_of(attachment: Attachment, document: Document) -> str:
    """Return the relative address that leads to the file from its document's text."""
    folder = posixpath.dirname(document.path) or "."
    return posixpath.relpath(attachment.path, folder)


def markdown_of(attachment: Attachment, document: Document) -> str:
    """Return what the editor puts into the text: a picture, or a link to a download."""
    words = attachment.description or posixpath.splitext(attachment.name)[0]
    plain = words.replace("[", "(").replace("]", ")").replace("\n", " ")
    mark = "!" if attachment.is_picture else ""
    return f"{mark}[{plain}]({address_of(attachment, document)})"
