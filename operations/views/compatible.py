"""
Doors that answer as PagerDuty and Opsgenie do, so that their clients work here unchanged.

Bodies and codes are those of the two services; what is taken in is kept and read like every
other call, after the answer.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.formats import opsgenie, pagerduty
from operations.models import Integration, IntegrationKind, Receipt, RejectionReason
from operations.views.intake import (
    LIMIT,
    QUICK,
    RETRY_AFTER,
    accept_by,
    bearer,
    content_type_of,
    kept_headers,
    taking,
)
from operations.workflow import Caller
from portal.strict import BadBody, parse_json_leniently


@csrf_exempt
@login_not_required
@require_POST
def enqueue(request: HttpRequest) -> HttpResponse:
    """
    Take in an event of the Events API v2.

    202 with its `dedup_key` once it is kept, 400 with every reason for an event that is not
    valid, and 503 when the database refuses, after which clients try again.
    """
    return taking(request, _take_event, _try_again)


def _take_event(request: HttpRequest, body: bytes) -> HttpResponse:
    if len(body) > LIMIT:
        return _keep_long_event(request, body[:LIMIT])
    try:
        payload: Any = parse_json_leniently(body, limit=LIMIT).value
    except BadBody as error:
        return _not_json(request, body, error)
    key, wrong = pagerduty.routing_key_of(payload), pagerduty.why_invalid(payload)
    number = None if wrong else accept_by(request, key, IntegrationKind.PAGERDUTY, body)
    if number is not None:
        return _enqueued(pagerduty.dedup_key_of(payload, str(number)))
    caller = _caller(key, IntegrationKind.PAGERDUTY)
    if caller.integration is None or caller.reason is not None:
        return _unknown_key(caller)
    if wrong:
        _reject(request, caller.integration, body, "\n".join(wrong))
        return _invalid(wrong)
    receipt = _accept(request, caller.integration, body)
    return _enqueued(pagerduty.dedup_key_of(payload, str(receipt.public_id)))


def _not_json(request: HttpRequest, body: bytes, error: BadBody) -> HttpResponse:
    """Count it for the integration whose key stands in it all the same."""
    caller = _caller(pagerduty.routing_key_in(body), IntegrationKind.PAGERDUTY)
    if caller.integration is None or caller.reason is not None:
        workflow.turn_away(caller)
    else:
        why = RejectionReason.NOT_JSON
        _reject(request, caller.integration, body, str(error), reason=why)
    return _invalid([str(error)])


def _keep_long_event(request: HttpRequest, body: bytes) -> HttpResponse:
    caller = _caller(pagerduty.routing_key_in(body), IntegrationKind.PAGERDUTY)
    if caller.integration is None or caller.reason is not None:
        return _unknown_key(caller)
    receipt = _accept(request, caller.integration, body, is_truncated=True)
    return _enqueued(pagerduty.dedup_key_of({}, str(receipt.public_id)))


def _enqueued(dedup_key: str) -> JsonResponse:
    said = {"status": "success", "message": "Event processed", "dedup_key": dedup_key}
    return JsonResponse(said, status=202)


def _unknown_key(caller: Caller) -> JsonResponse:
    workflow.turn_away(caller)
    return _invalid(["'routing_key' is missing, or opens no integration of this kind"])


def _invalid(errors: list[str]) -> JsonResponse:
    said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return JsonResponse(said, status=400)


def _try_again() -> JsonResponse:
    said = {"status": "unavailable", "message": "Nothing was kept; send it again soon."}
    return JsonResponse(said, status=503, headers={"Retry-After": RETRY_AFTER})


@csrf_exempt
@login_not_required
@require_POST
def create_alert(request: HttpRequest) -> HttpResponse:
    """Take in a new alert of the Opsgenie API; 202 with the number of the request."""
    return _opsgenie(request, opsgenie.CREATE)


@csrf_exempt
@login_not_required
@require_http_methods(["DELETE"])
def delete_alert(request: HttpRequest, identifier: str) -> HttpResponse:
    """Take a deletion for what it says of the trouble: that it is over."""
    return _opsgenie(request, opsgenie.CLOSE, identifier)


@csrf_exempt
@login_not_required
@require_http_methods(["POST", "PUT", "PATCH"])
def act_on_alert(request: HttpRequest, identifier: str, action: str) -> HttpResponse:
    """Take in what is done to an alert: it ends by `close`, all else is noted beside it."""
    return _opsgenie(request, action, identifier)


@csrf_exempt
@login_not_required
@require_GET
def alert_request(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """Say what became of a request, for clients that ask until it was processed."""
    began = time.perf_counter()
    caller = _caller(bearer(request, "geniekey"), IntegrationKind.OPSGENIE)
    if caller.integration is None or caller.reason is not None:
        return _not_authenticated(caller, began)
    kept = Receipt.objects.filter(integration=caller.integration, public_id=number).first()
    if kept is None:
        return _said({"message": "Request not found. It might not be processed."}, began, 404)
    data = {
        "success": not kept.error,
        "isSuccess": not kept.error,
        "action": (kept.call.partition(" ")[0] or opsgenie.CREATE).capitalize(),
        "processedAt": kept.processed_at.isoformat() if kept.processed_at else None,
        "integrationId": str(caller.integration.pk),
        "status": kept.error or kept.get_state_display(),
        "alertId": str(kept.public_id),
    }
    return _said({"data": data}, began, 200)


def _opsgenie(request: HttpRequest, action: str, identifier: str = "") -> HttpResponse:
    began = time.perf_counter()
    kind = request.GET.get("identifierType", opsgenie.BY_ID) if identifier else ""
    call = f"{action} {kind} {identifier}" if identifier else ""

    def take(request: HttpRequest, body: bytes) -> HttpResponse:
        key = bearer(request, "geniekey")
        said = {"result": "Request will be processed"}
        if len(body) <= QUICK and not _wrong_alert(action, body):
            number = accept_by(request, key, IntegrationKind.OPSGENIE, body, call)
            if number is not None:
                return _said(said, began, 202, str(number))
        caller = _caller(key, IntegrationKind.OPSGENIE)
        if caller.integration is None or caller.reason is not None:
            return _not_authenticated(caller, began)
        if len(body) <= LIMIT and (wrong := _wrong_alert(action, body)):
            why = "\n".join(wrong.values())
            _reject(request, caller.integration, body, why, call)
            message = "Request body is not processable. Please check the errors."
            return _said({"message": message, "errors": wrong}, began, 422)
        is_truncated = len(body) > LIMIT
        receipt = _accept(
            request, caller.integration, body[:LIMIT], call, is_truncated=is_truncated
        )
        return _said(said, began, 202, str(receipt.public_id))

    def refuse() -> HttpResponse:
        response = _said({"message": "Nothing was kept; send it again soon."}, began, 503)
        response.headers["Retry-After"] = RETRY_AFTER
        return response

    return taking(request, take, refuse)


def _wrong_alert(action: str, body: bytes) -> dict[str, str]:
    try:
        payload = parse_json_leniently(body, limit=LIMIT).value if body.strip() else None
    except BadBody as error:
        return {"body": str(error)}
    return opsgenie.why_invalid(action, payload)


def _not_authenticated(caller: Caller, began: float) -> JsonResponse:
    workflow.turn_away(caller)
    return _said({"message": "Could not authenticate"}, began, 401)


def _said(
    said: dict[str, Any], began: float, status: int, request_id: str = ""
) -> JsonResponse:
    took = round(time.perf_counter() - began, 3)
    beside = {"took": took, "requestId": request_id or str(uuid.uuid4())}
    return JsonResponse(said | beside, status=status)


def _caller(key: str, kind: str) -> Caller:
    return workflow.caller_by(key, kind=kind)


def _accept(
    request: HttpRequest,
    integration: Integration,
    body: bytes,
    call: str = "",
    *,
    is_truncated: bool = False,
) -> Receipt:
    return workflow.accept(
        integration,
        body,
        content_type_of(request),
        call=call,
        headers=kept_headers(request),
        is_truncated=is_truncated,
    )


def _reject(
    request: HttpRequest,
    integration: Integration,
    body: bytes,
    why: str,
    call: str = "",
    *,
    reason: RejectionReason = RejectionReason.INVALID,
) -> None:
    workflow.reject(
        integration,
        body,
        content_type_of(request),
        why=why[:2000],
        reason=reason,
        call=call,
        headers=kept_headers(request),
    )
