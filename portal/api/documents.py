"""The OpenAPI document, and a page to read it by."""

from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.base import View

_made: dict[str, Any] = {}


def schema() -> dict[str, Any]:
    """Return the OpenAPI document; it comes from the code, so each process makes it once."""
    if not _made:
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # the library says no types
        _made.update(generator.get_schema(public=True))  # type: ignore[no-untyped-call]  # the library says no types
    return _made


@method_decorator(cache_control(private=True, max_age=300), name="dispatch")
class SchemaView(View):
    """The OpenAPI document, as JSON or, if asked for, as YAML."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema())


@require_GET
@csp_update({"style-src": [UNSAFE_INLINE]})  # Swagger UI brings styles of its own
def docs(request: HttpRequest) -> HttpResponse:
    """The document to browse and to try, from files of our own."""
    return render(request, "portal/api_docs.html")
