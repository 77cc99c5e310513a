"""The tabs of the pages around deployments."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def deployment_parts(request: HttpRequest) -> list[dict[str, Any]]:
    parts = [
        (_("Deployments"), "maintenance:deployments"),
        (_("Delivery metrics"), "maintenance:delivery"),
        (_("Deploy gate"), "maintenance:gate"),
        (_("Sources"), "maintenance:sources"),
        (_("Other changes"), "maintenance:change-events"),
    ]
    return [
        {"label": label, "url": url, "active": url == request.path}
        for label, url in ((label, reverse(name)) for label, name in parts)
    ]
