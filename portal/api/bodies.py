"""Reading the body of a request through a serializer."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer


def given(
    shape: type[BaseSerializer[Any]], request: Request, instance: Any = None, **options: Any
) -> dict[str, Any]:
    """Return what the body says, or raise with every field that is wrong."""
    options.setdefault("context", {"request": request})
    body = shape(instance, data=request.data, **options)
    body.is_valid(raise_exception=True)
    said: dict[str, Any] = body.validated_data
    return said
