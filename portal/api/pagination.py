"""Lists in pages that stay fast however long the list is: each page begins behind the last."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

COUNTED = 10_000  # beyond this, a total is not worth what it costs
SIZES = [25, 50, 100, 200]


class Keyset(CursorPagination):
    """The API's pages: `results`, `next`, `previous`; `page_size` from 1 to 200."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Answer a made-up cursor, whose position fits no row, as one that is not there."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def get_ordering(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> tuple[str, ...]:
        """Use the order that the queryset comes in, with the key as the last word."""
        ordering = tuple(queryset.query.order_by or queryset.model._meta.ordering or ("-pk",))
        names = {str(name).lstrip("-") for name in ordering}
        return ordering if names & {"pk", "id"} else (*ordering, "-pk")


class Page:
    """
    One page of a list for a template, by the same rules as the API's.

    `rows`, `next_url`, `previous_url`, `page_size`, `total` (None above 10,000), `total_text`
    and `sizes` (`{"size", "url", "current"}`) are what `components/pagination.html` shows.
    """

    def __init__(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        keyset = Keyset()
        asked = Request(request)
        try:
            self.rows: list[Any] = keyset.paginate_queryset(queryset, asked) or []
        except NotFound as error:
            raise Http404 from error
        self.page_size = keyset.get_page_size(asked) or Keyset.page_size
        self.next_url = _own_query(keyset.get_next_link())
        self.previous_url = _own_query(keyset.get_previous_link())
        self.sizes = [self._size(request, size) for size in SIZES]
        self.counted = queryset.order_by()[: COUNTED + 1].count()

    def _size(self, request: HttpRequest, size: int) -> dict[str, Any]:
        query = request.GET.copy()
        query.pop("cursor", None)
        query["page_size"] = str(size)
        url = f"?{query.urlencode()}"
        return {"size": size, "url": url, "current": size == self.page_size}

    @property
    def total(self) -> int | None:
        return self.counted if self.counted <= COUNTED else None

    @property
    def total_text(self) -> str:
        return f"{self.counted:,}" if self.counted <= COUNTED else f"{COUNTED:,}+"

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def _own_query(link: str | None) -> str:
    return "?" + link.partition("?")[2] if link else ""
