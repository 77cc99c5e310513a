"""What open pages ask every second, by its short way: `portal.wsgi`."""

from django.urls import include, path

urlpatterns = [
    path("live/runs/", include("knowledge.live_urls")),
    path("live/", include("incidents.live_urls")),
]
