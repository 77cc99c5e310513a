"""
The web application, as a WSGI server finds it.

Monitors get a short way in: what they send passes only the middleware that it needs, since
the whole stack would take half of the time in which an alert is accepted.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class IntakeRequest(WSGIRequest):
    """A call of a monitor; its address is looked up among few."""

    urlconf = "portal.intake_urls"


class Intake(WSGIHandler):
    """Answers monitors, with `INTAKE_MIDDLEWARE` instead of the whole stack."""

    request_class: type[WSGIRequest] = IntakeRequest

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002 (Django's)
        whole = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.INTAKE_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


class LiveRequest(WSGIRequest):
    """An open page that asks whether there is news."""

    urlconf = "portal.live_urls"


class Live(Intake):
    """Answers open pages by the same short way: each of them asks every second or two."""

    request_class = LiveRequest


class Doors:
    """Leads each request to the whole portal or a short way in, by its path alone."""

    def __init__(self) -> None:
        django.setup(set_prefix=False)
        self._intake = Intake()
        self._live = Live()
        self._portal = WSGIHandler()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        to: WSGIHandler = self._portal
        if path.startswith(settings.INTAKE_PATHS):
            to = self._intake
        elif path.startswith(settings.LIVE_PATHS):
            to = self._live
        answer: Iterable[bytes] = to(environ, start_response)
        return answer


application = Doors()
