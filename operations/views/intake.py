"""
The doors for monitors: no session and no form token, only a key and the body as it comes.

What they answer decides whether the sender tries again: Alertmanager does so on 5xx alone, so
nothing that we might want again is answered with 4xx, and 202 is said after the commit. Two
doors answer as the services do whose clients they take: `views.compatible`.
"""

import uuid
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from operations import workflow
from operations.formats import email
from operations.models import Integration, IntegrationKind
from operations.workflow import Caller
from portal.strict import BadBody, parse_json_leniently

LIMIT = 10 * 1024 * 1024  # bytes of a body; of a longer one the beginning is kept
RETRY_AFTER = "5"  # seconds
QUICK = 64 * 1024  # bytes; a longer body is not read for somebody whose key nobody knows
KEPT_HEADERS = ("User-Agent",)

Take = Callable[[HttpRequest, bytes], HttpResponse]


@csrf_exempt
@login_not_required
@require_POST
def alertmanager(request: HttpRequest, key: str = "") -> HttpResponse:
    """
    Take in a call of Alertmanager's webhook.

    202 once it is kept, 401 for a key that does not open, 400 for what is not JSON, and
    503 when the database refuses, which has the sender try again.
    """
    return _json(request, key, IntegrationKind.ALERTMANAGER)


@csrf_exempt
@login_not_required
@require_POST
def grafana(request: HttpRequest, key: str = "") -> HttpResponse:
    """Take in a call of Grafana's webhook, and answer as Alertmanager's is answered."""
    return _json(request, key, IntegrationKind.GRAFANA)


@csrf_exempt
@login_not_required
@require_POST
def generic(request: HttpRequest, key: str = "") -> HttpResponse:
    """Take in any JSON, and answer as Alertmanager's webhook is answered."""
    return _json(request, key, IntegrationKind.GENERIC)


@csrf_exempt
@login_not_required
@require_POST
def mail(request: HttpRequest, key: str = "") -> HttpResponse:
    """
    Take in one e-mail, as raw text or in the form of a mail provider.

    The key, or else the number before the “+” of the address, says whose it is.
    """

    def take(request: HttpRequest, body: bytes) -> HttpResponse:
        shown = key or bearer(request)
        content_type = content_type_of(request)
        if shown and len(body) <= LIMIT:
            number = accept_by(request, shown, IntegrationKind.EMAIL, body)
            if number is not None:
                return _accepted(number)
        if shown:
            caller = workflow.caller_by(shown, kind=IntegrationKind.EMAIL)
        else:
            caller = workflow.caller_by_mail(email.mail_ids(body[:LIMIT], content_type))
        if caller.reason is not None or caller.integration is None:
            return turned_away(caller)
        return _keep(request, caller.integration, body)

    return taking(request, take, unavailable)


def taking(
    request: HttpRequest, take: Take, refuse: Callable[[], HttpResponse]
) -> HttpResponse:
    """Read the body and hand it over; say so when it broke off or nothing can be kept."""
    try:
        body = request.read(LIMIT + 1)
    except (UnreadablePostError, OSError):  # the sender went away in the middle
        return answer(400, "incomplete", "The body broke off.")
    try:
        return take(request, body)
    except (DatabaseError, InterfaceError):
        return refuse()


def bearer(request: HttpRequest, scheme: str = "bearer") -> str:
    word, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if word.lower() == scheme else ""


def content_type_of(request: HttpRequest) -> str:
    return request.headers.get("Content-Type", "")


def kept_headers(request: HttpRequest) -> dict[str, str]:
    found = {name.lower(): request.headers.get(name, "") for name in KEPT_HEADERS}
    return {name: value[:200] for name, value in found.items() if value}


def turned_away(caller: Caller) -> JsonResponse:
    workflow.turn_away(caller)
    return answer(401, "unknown_key", "This key does not open anything here.")


def answer(status: int, code: str, detail: str) -> JsonResponse:
    said = {"type": "about:blank", "status": status, "code": code, "detail": detail}
    response = JsonResponse(said, status=status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def unavailable() -> JsonResponse:
    response = answer(503, "unavailable", "Nothing was kept; send it again soon.")
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _json(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    def take(request: HttpRequest, body: bytes) -> HttpResponse:
        shown = key or bearer(request)
        if len(body) <= QUICK and _is_json(body):
            number = accept_by(request, shown, kind, body)
            if number is not None:
                return _accepted(number)
        caller = workflow.caller_by(shown, kind=kind)
        if caller.reason is not None or caller.integration is None:
            return turned_away(caller)
        if len(body) <= LIMIT:
            try:
                parse_json_leniently(body, limit=LIMIT)
            except BadBody as error:
                return _not_json(request, caller.integration, body, error)
        return _keep(request, caller.integration, body)

    return taking(request, take, unavailable)


def accept_by(
    request: HttpRequest, key: str, kind: str, body: bytes, call: str = ""
) -> uuid.UUID | None:
    """Keep a call by the short way; None has the caller find out why not."""
    return workflow.accept_by(
        key,
        kind,
        body,
        content_type_of(request),
        call=call,
        headers=kept_headers(request),
    )


def _is_json(body: bytes) -> bool:
    try:
        parse_json_leniently(body, limit=LIMIT)
    except BadBody:
        return False
    return True


def _not_json(
    request: HttpRequest, integration: Integration, body: bytes, error: BadBody
) -> JsonResponse:
    workflow.reject(
        integration,
        body,
        content_type_of(request),
        why=str(error)[:2000],
        headers=kept_headers(request),
    )
    return answer(400, "not_json", "The body is not JSON.")


def _keep(request: HttpRequest, integration: Integration, body: bytes) -> JsonResponse:
    receipt = workflow.accept(
        integration,
        body[:LIMIT],
        content_type_of(request),
        headers=kept_headers(request),
        is_truncated=len(body) > LIMIT,
    )
    return _accepted(receipt.public_id)


def _accepted(number: uuid.UUID) -> JsonResponse:
    return JsonResponse({"status": "accepted", "receipt": str(number)}, status=202)
