"""What incidents shows to people who are not signed in: the status page and signed links."""

from django.urls import URLPattern, path

from incidents.views import public

urlpatterns: list[URLPattern] = [
    path("status/", public.status, name="status"),
    path("status/status.json", public.status_json, name="status-json"),
    path("status/feed.atom", public.status_feed, name="status-feed"),
    path("ack/<str:token>/", public.acknowledge, name="acknowledge"),
]
