"""A list as a page shows it: filtered by its FilterSet, in pages, with chips to undo by."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import FilterSet

from portal.api.pagination import Page
from portal.errors import DomainError, Refusal


class WrongFilter(DomainError):
    """A filter says what there is not; a file of all rows would not be what was asked for."""

    status_code = 400


def listing(
    request: HttpRequest, rows: QuerySet[Any], filterset: type[FilterSet]
) -> dict[str, Any]:
    """
    Return the context of a list.

    `page` is a `Page`; `filter`, `chips` and `clear_url` are for `components/filters.html`;
    `is_filtered` tells “nothing found” from “nothing here yet”. A wrong filter finds nothing,
    and its field says why.
    """
    chosen = filterset(request.GET, queryset=rows, request=request)
    return {
        "filter": chosen,
        "page": Page(request, found_by(chosen)),
        "chips": chips_of(request, chosen),
        "clear_url": request.path,
        "is_filtered": bool(chosen.form.changed_data),
    }


def found_by(chosen: FilterSet) -> QuerySet[Any]:
    """Return the rows for a page; none where a filter is wrong, for its form says so."""
    rows: QuerySet[Any] = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    return rows


def exported_by(chosen: FilterSet) -> QuerySet[Any]:
    """Return the rows for a file, or refuse where a filter is wrong."""
    if not chosen.is_valid():
        raise WrongFilter(
            Refusal("wrong_filter", f"{chosen.form[name].label}: {error}")
            for name, errors in chosen.form.errors.items()
            for error in errors
        )
    rows: QuerySet[Any] = chosen.qs
    return rows


def chips_of(request: HttpRequest, chosen: FilterSet) -> list[dict[str, str]]:
    """Return what the list is filtered by, each with the list without it."""
    return [
        {"label": f"{field.label}: {_words(field)}", "url": _without(request, name)}
        for name, field in ((name, chosen.form[name]) for name in chosen.form.changed_data)
    ]


def _words(field: Any) -> str:
    """Return what was chosen, as the list of choices calls it."""
    value = field.value()
    choices = dict(getattr(field.field, "choices", ()))
    words = choices.get(value) or next(
        (label for key, label in choices.items() if str(key) == str(value)), value
    )
    return str(words)


def _without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    for gone in (name, "cursor"):
        query.pop(gone, None)
    return f"{request.path}?{query.urlencode()}"
