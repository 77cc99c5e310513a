"""Answers that are archives of documents, for pages and API alike."""

from typing import Any

from django.http import HttpResponse

from knowledge.exporting import as_html, as_markdown, exportable, zipped
from knowledge.filters import DocumentFilter
from knowledge.models import Document
from portal.models import User


def chosen(user: User, request: Any, query: Any) -> Any:
    """Return the documents that the list shows with this query."""
    documents = Document.objects.visible_to(user).current()
    found = DocumentFilter(query, queryset=documents, request=request).qs
    return Document.objects.filter(pk__in=found.order_by().values("pk"))


def zip_of(user: User, documents: Any, way: str) -> HttpResponse:
    rows = exportable(user, documents)
    files = as_html(rows, user) if way == "html" else as_markdown(rows)
    headers = {
        "Content-Disposition": f'attachment; filename="documents-{way}.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(zipped(files), content_type="application/zip", headers=headers)
