"""
The outer gate of all pages: what holds for a person before any page asks its own rule.

Somebody without access finds nothing behind it, and somebody whose password another person
made chooses their own first. Pages that are open to everybody stay open to them.
"""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

# Everybody who is signed in gets to these.
OWN_ACCOUNT = {"sign-in", "sign-out", "password_change", "password_change_done"}
FOR_STRANGERS = OWN_ACCOUNT | {"home", "admin:logout"}


class GateMiddleware:
    """Turn strangers away with 404, and lead one-time passwords to their end."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_args: Any
    ) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or match is None:
            return None
        is_page = getattr(view, "login_required", True)
        if user.must_change_password and match.view_name not in OWN_ACCOUNT:
            if is_page:
                return redirect("password_change")
            if hasattr(view, "cls"):  # REST framework
                return _change_it_first()
        if is_page and not user.may_look and match.view_name not in FOR_STRANGERS:
            raise Http404
        return None


def _change_it_first() -> HttpResponse:
    problem = {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": _("Choose your own password first: this one was made by somebody else."),
        "code": "one_time_password",
    }
    return JsonResponse(problem, status=403, content_type="application/problem+json")
