"""Query parameters: the list's own filter, and nothing that nobody knows."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

ALWAYS_KNOWN = {"cursor", "page_size", "format"}


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # the library says no types
    """Filters by the page's FilterSet; an unknown parameter is an error, not a wish ignored."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        known = ALWAYS_KNOWN | (set(filterset.form.fields) if filterset else set())
        for name in request.query_params:
            if name not in known and getattr(view, "detail", None) is False:
                raise ValidationError({name: _("There is no filter of this name.")})
        return super().filter_queryset(request, queryset, view)
