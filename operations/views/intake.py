"""
The door for monitors: no session and no form token, only a key and the body as it comes.

What it answers decides whether the sender tries again: Alertmanager does so on 5xx alone, so
nothing that we might want again is answered with 4xx, and 202 is said after the commit.
"""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from operations import workflow
from operations.models import Integration
from portal.strict import BadBody, parse_json_leniently

LIMIT = 10 * 1024 * 1024  # bytes of a body; of a longer one the beginning is kept
RETRY_AFTER = "5"  # seconds


@csrf_exempt
@login_not_required
@require_POST
def alertmanager(request: HttpRequest, key: str = "") -> JsonResponse:
    """
    Take in a call of Alertmanager's webhook.

    202 once it is kept, 401 for a key that does not open, 400 for what is not JSON, and
    503 when the database refuses, which has the sender try again.
    """
    try:
        body = request.read(LIMIT + 1)
    except (UnreadablePostError, OSError):  # the sender went away in the middle
        return _answer(400, "incomplete", "The body broke off.")
    try:
        return _take_in(request, key or _bearer(request), body)
    except (DatabaseError, InterfaceError):
        return _unavailable()


def _take_in(request: HttpRequest, key: str, body: bytes) -> JsonResponse:
    caller = workflow.caller_by(key)
    if caller.reason is not None or caller.integration is None:
        workflow.turn_away(caller)
        return _answer(401, "unknown_key", "This key does not open anything here.")
    if len(body) > LIMIT:
        return _keep(request, caller.integration, body[:LIMIT], is_truncated=True)
    try:
        parse_json_leniently(body)
    except BadBody as error:
        content_type = request.content_type or ""
        workflow.reject(caller.integration, body, content_type, why=str(error)[:2000])
        return _answer(400, "not_json", "The body is not JSON.")
    return _keep(request, caller.integration, body, is_truncated=False)


def _keep(
    request: HttpRequest, integration: Integration, body: bytes, *, is_truncated: bool
) -> JsonResponse:
    content_type = request.content_type or ""
    receipt = workflow.accept(integration, body, content_type, is_truncated=is_truncated)
    said = {"status": "accepted", "receipt": str(receipt.public_id)}
    return JsonResponse(said, status=202)


def _bearer(request: HttpRequest) -> str:
    word, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if word.lower() == "bearer" else ""


def _answer(status: int, code: str, detail: str) -> JsonResponse:
    said = {"type": "about:blank", "status": status, "code": code, "detail": detail}
    response = JsonResponse(said, status=status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _unavailable() -> JsonResponse:
    response = _answer(503, "unavailable", "Nothing was kept; send it again soon.")
    response.headers["Retry-After"] = RETRY_AFTER
    return response
