"""The doors for monitors, with and without a trailing slash: a redirect would lose the body."""

from collections.abc import Callable, Iterator

from django.http import HttpResponse
from django.urls import URLPattern, path

from operations.views import intake


def _doors(kind: str, view: Callable[..., HttpResponse]) -> Iterator[URLPattern]:
    for address in (kind, f"{kind}/<str:key>"):
        yield path(f"alerts/{address}", view, name=f"intake-{kind}")
        yield path(f"alerts/{address}/", view, name=f"intake-{kind}")


urlpatterns = [
    *_doors("alertmanager", intake.alertmanager),
    *_doors("grafana", intake.grafana),
    *_doors("generic", intake.generic),
    *_doors("email", intake.mail),
]
