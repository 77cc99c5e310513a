"""Addresses that clients of PagerDuty and Opsgenie know, with and without a trailing slash."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from operations.views import compatible


def _both(address: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    return [path(address + end, view, name=name) for end in ("", "/")]


# An alias may hold a slash, so what is done to an alert is the last part of the address.
urlpatterns = [
    *_both("enqueue", compatible.enqueue, "intake-pagerduty"),
    *_both("alerts", compatible.create_alert, "intake-opsgenie"),
    *_both(
        "alerts/requests/<uuid:number>", compatible.alert_request, "intake-opsgenie-request"
    ),
    *_both(
        "alerts/<path:identifier>/<slug:action>",
        compatible.act_on_alert,
        "intake-opsgenie-action",
    ),
    *_both("alerts/<path:identifier>", compatible.delete_alert, "intake-opsgenie-delete"),
]
