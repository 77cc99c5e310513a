"""Lists in pages that stay fast however long the list is: each page begins behind the last."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

COUNTED = 10_000  # beyond this, a total is not worth what it costs


class Keyset(CursorPagination):
    """The API's pages: `results`, `next`, `previous`; `page_size` from 1 to 200."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

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

    `rows`, `next_url`, `previous_url`, `page_size`, `total` (None above 10,000) and
    `total_text` are what `components/pagination.html` shows.
    """

    def __init__(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        keyset = Keyset()
        asked = Request(request)
        self.rows: list[Any] = keyset.paginate_queryset(queryset, asked, None) or []
        self.page_size = keyset.get_page_size(asked) or Keyset.page_size
        self.next_url = _own_query(keyset.get_next_link())
        self.previous_url = _own_query(keyset.get_previous_link())
        self.counted = queryset.order_by()[: COUNTED + 1].count()

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
