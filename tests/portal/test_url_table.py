"""A URL that no `permission_table.py` describes fails here, so nobody opens a door unseen."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.permissions import APPS, table_of


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for item in resolver.url_patterns:
        if isinstance(item, URLPattern):
            yield f"{prefix}{item.name}"
        elif item.namespace != "admin":
            inner = f"{item.namespace}:" if item.namespace else ""
            yield from names(item, prefix + inner)


def test_every_url_is_described_and_every_row_has_a_url() -> None:
    described = {name for app in APPS if (table := table_of(app)) for name in table.TABLE}

    assert set(names(get_resolver())) ^ described == set()
