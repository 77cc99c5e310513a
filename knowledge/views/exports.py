"""Documents as files, and as pages to print; what a reader cannot see is not in them."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from knowledge.access import document_for
from knowledge.downloads import chosen, zip_of
from knowledge.exporting import exportable
from knowledge.models import Document
from knowledge.showing import show
from portal.access import require_look
from portal.errors import refuse
from portal.http import Request

MOST_PRINTED = 200


@require_GET
def archive(request: Request) -> HttpResponseBase:
    """The list as it is filtered, as a zip: `?as=html` for pages, or else Markdown."""
    require_look(request.user)
    query = request.GET.copy()
    way = "html" if query.pop("as", [""])[-1] == "html" else "markdown"
    return zip_of(request.user, chosen(request.user, request, query), way)


@require_GET
def printed(request: Request) -> HttpResponse:
    """The list as it is filtered, one document after the other, for paper or a PDF."""
    require_look(request.user)
    documents = exportable(request.user, chosen(request.user, request, request.GET))
    if len(documents) > MOST_PRINTED:
        sentence = _("That is more than %(n)d documents; print fewer at once.")
        raise refuse("too_many_documents", sentence % {"n": MOST_PRINTED})
    return _print(request, documents)


@require_GET
def printed_one(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug)
    return _print(request, [document] if document.published else [])


def _print(request: Request, documents: list[Document]) -> HttpResponse:
    rows = []
    for document in documents:
        assert document.published is not None
        document.published.document = document
        rows.append({"document": document, "html": show(document.published, request.user)})
    title = documents[0].title if len(documents) == 1 else ""
    return render(request, "knowledge/print.html", {"rows": rows, "title": title})
