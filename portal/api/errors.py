"""Errors of the API: problem details (RFC 9457), with every field and every reason."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from portal.errors import DomainError

MEDIA_TYPE = "application/problem+json"


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """
    Answer in the one shape of all our errors.

    `{"type", "title", "status", "detail", "code"}`; with `errors: [{field, code, reason}]`
    when fields are wrong, and `reasons: [{code, sentence, remedy}]` when a rule said no.
    """
    if isinstance(exc, DomainError):
        set_rollback()
        reasons = [refusal._asdict() for refusal in exc.refusals]
        return _answer(exc.status_code, str(exc), "not_allowed", reasons=reasons)
    exc = _as_api_error(exc)
    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    if isinstance(exc, exceptions.ValidationError):
        answer = invalid(exc)
    else:
        codes = exc.get_codes()
        answer = _answer(
            exc.status_code, str(exc.detail), codes if isinstance(codes, str) else ""
        )
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def invalid(exc: exceptions.ValidationError) -> Response:
    """Answer 400 for wrong fields; a view that returns this keeps what it did beside them."""
    errors = list(_fields(exc.get_full_details()))
    detail = " ".join(dict.fromkeys(error["reason"] for error in errors))
    return _answer(400, detail, "invalid", errors=errors)


def _as_api_error(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, DjangoValidationError):
        detail = exc.message_dict if hasattr(exc, "error_dict") else exc.messages
        return exceptions.ValidationError(detail)
    return exc


def _answer(status: int, detail: str, code: str, **more: Any) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _fields(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten nested field errors; the path of a nested field reads `items.2.title`."""
    if isinstance(details, dict) and {"message", "code"} <= details.keys():
        yield {"field": path, "code": str(details["code"]), "reason": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            name = "" if name in {"non_field_errors", "__all__"} else name
            yield from _fields(inner, f"{path}.{name}".strip("."))
    elif isinstance(details, list):
        for number, inner in enumerate(details):
            is_leaf = isinstance(inner, dict) and "message" in inner
            yield from _fields(inner, path if is_leaf else f"{path}.{number}".strip("."))
