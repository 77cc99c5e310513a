"""What every request passes through that Django does not bring."""

import time
import zoneinfo
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from portal import memo
from portal.errors import DomainError
from portal.metrics import REQUESTS
from portal.models import User
from portal.setup import is_set_up

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware:
    """Number each request for the log, time it, and answer 503 while the database is away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=get_random_string(10))
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match else "none"
        REQUESTS.labels(view, response.status_code).observe(time.perf_counter() - started)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        structlog.get_logger(__name__).warning(
            "The database did not answer.", exc_info=exception
        )
        return unavailable(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Say that the database is away, without asking it anything."""
    sentence = "The database does not answer at the moment. Nothing was saved; try again soon."
    headers = {"Retry-After": "5"}
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": "Unavailable", "status": 503}
        return JsonResponse(
            problem | {"detail": sentence},
            status=503,
            headers=headers,
            content_type="application/problem+json",
        )
    return HttpResponse(sentence, status=503, headers=headers, content_type="text/plain")


class TimeZoneMiddleware:
    """Show times in the zone of the person who reads."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
                return self.get_response(request)
        return self.get_response(request)


class MemoMiddleware:
    """Let the parts of a page share what they read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with memo.one_request():
            return self.get_response(request)


class SetUpMiddleware:
    """Lead the first visitor of an empty installation to the set-up page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in {"/", "/sign-in/"} and not is_set_up():
            return redirect(reverse("setup"))
        return self.get_response(request)


class DomainErrorMiddleware:
    """Turn a DomainError that escaped a view into one consistent page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        context = {"refusals": exception.refusals}
        return render(request, "error.html", context, status=exception.status_code)
