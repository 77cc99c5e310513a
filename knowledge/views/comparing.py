"""What changed between any two revisions of a document."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from knowledge.access import document_for, revision_of
from knowledge.comparing import Comparison, usual_numbers
from knowledge.models import Document
from portal.http import Request

SHOWN = {
    "drawn": gettext_lazy("As readers see it"),
    "source": gettext_lazy("As written"),
    "sides": gettext_lazy("Side by side"),
}
MOST_NUMBERS = 200  # in a list to choose from; of more the number is typed


@require_GET
def diff(request: Request, slug: str) -> HttpResponse:
    """Compare revision `from` with revision `to`; the other way round is put right."""
    document = document_for(request.user, slug=slug)
    usual = usual_numbers(document)
    asked = [_number(request, "from", usual[0]), _number(request, "to", usual[1])]
    old, new = (revision_of(document, number) for number in sorted(asked))
    comparison = Comparison(old, new, request.user)
    shown = request.GET.get("show", "drawn")
    if shown not in SHOWN:
        raise Http404
    if shown == "drawn" and comparison.drawn is None:
        shown = "source"
    context = {
        "document": document,
        "comparison": comparison,
        "shown": shown,
        "views": _views(request, shown),
        "choices": _choices(document),
        "older": _step(document, old.number, -1),
        "newer": _step(document, new.number, 1),
    }
    return render(request, "knowledge/diff.html", context)


def _number(request: Request, name: str, otherwise: int) -> int:
    try:
        return int(request.GET.get(name, otherwise))
    except ValueError:
        raise Http404 from None


def _views(request: Request, shown: str) -> list[dict[str, Any]]:
    def address(name: str) -> str:
        query = request.GET.copy()
        query["show"] = name
        return f"?{query.urlencode()}"

    return [
        {"label": label, "url": address(name), "active": name == shown}
        for name, label in SHOWN.items()
    ]


def _choices(document: Document) -> list[dict[str, Any]]:
    if document.latest_number > MOST_NUMBERS:
        return []
    marks = {document.latest_number: _("newest")}
    if document.published:
        marks[document.published.number] = _("published")
    return [
        {"number": number, "mark": marks.get(number, "")}
        for number in range(document.latest_number, 0, -1)
    ]


def _step(document: Document, number: int, by: int) -> str:
    """The change before or behind, as a query; empty where there is none."""
    other = number + by
    if not 1 <= other <= document.latest_number:
        return ""
    return f"?from={min(number, other)}&to={max(number, other)}"
