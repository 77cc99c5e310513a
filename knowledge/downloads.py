"""Answers that are archives of documents, for pages and API alike."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from knowledge.exporting import as_html, as_markdown, exportable, zipped
from knowledge.filters import DocumentFilter
from knowledge.models import Document
from portal.errors import Refusal
from portal.listing import WrongFilter, exported_by
from portal.models import User

PAGING = {"cursor", "page_size"}


def chosen(user: User, request: Any, query: Any) -> Any:
    """Return the documents that the list shows with this query."""
    documents = Document.objects.visible_to(user).current()
    filterset = DocumentFilter(query, queryset=documents, request=request)
    _refuse_unknown(set(query) - set(filterset.form.fields) - PAGING)
    found = exported_by(filterset)
    return Document.objects.filter(pk__in=found.order_by().values("pk"))


def _refuse_unknown(names: set[str]) -> None:
    """A misspelt filter must not hand out everything."""
    if names:
        sentence = _("There is no filter of this name.")
        raise WrongFilter(
            Refusal("wrong_filter", f"{name}: {sentence}") for name in sorted(names)
        )


def zip_of(user: User, documents: Any, way: str) -> HttpResponse:
    rows = exportable(user, documents)
    files = as_html(rows, user) if way == "html" else as_markdown(rows)
    headers = {
        "Content-Disposition": f'attachment; filename="documents-{way}.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(zipped(files), content_type="application/zip", headers=headers)
