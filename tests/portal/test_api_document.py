"""The OpenAPI document, and the page to read it by."""

import inspect
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from knowledge.api.content import ContentActions
from portal.api import documents
from portal.api.base import RecordViewSet, VerbViewSet, View
from portal.models import User


@pytest.fixture
def document() -> dict[str, Any]:
    return documents.schema()


def test_the_document_is_valid_and_made_once(
    client: Client, vera: User, document: dict[str, Any]
) -> None:
    client.force_login(vera)

    answer = client.get("/api/v1/schema/")

    validate_schema(document)  # type: ignore[no-untyped-call]
    assert answer.json()["info"]["title"] == "Evenkeel"
    assert documents.schema() is document
    yaml = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert yaml.content.startswith(b"openapi: 3.0")


def test_every_operation_has_a_name_of_its_own_and_says_how_it_fails(
    document: dict[str, Any],
) -> None:
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in {"get", "post", "patch", "put", "delete"}
    ]
    names = [operation["operationId"] for operation in operations]

    assert len(names) == len(set(names))
    assert [o["operationId"] for o in operations if "403" not in o["responses"]] == []


def test_no_operation_is_described_by_the_base_of_its_view(document: dict[str, Any]) -> None:
    bases = [RecordViewSet, VerbViewSet, View, ContentActions]
    words = {inspect.getdoc(base) for base in bases}

    borrowed = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation.get("description") in words
    ]
    assert borrowed == []


def test_the_ground_floor_is_described_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]

    ours = [
        str(warning)
        for warning in [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
        if "portal/api" in str(warning)
    ]
    assert ours == []


def test_the_docs_come_from_here_and_run_nothing_inline(client: Client, vera: User) -> None:
    assert client.get("/api/v1/docs/").headers["Location"].startswith("/sign-in/")
    assert client.get("/api/v1/schema/").status_code == 401
    client.force_login(vera)

    page = client.get("/api/v1/docs/")
    policy = page.headers["Content-Security-Policy"]

    assert 'data-api-docs="/api/v1/schema/"' in page.content.decode()
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe-inline" not in client.get("/").headers["Content-Security-Policy"]
