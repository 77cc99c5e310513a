"""What incidents shows to people who are not signed in: the status page and signed links."""

from django.urls import URLPattern, path

from incidents.views import public, reporting, subscribing

urlpatterns: list[URLPattern] = [
    path("status/", public.status, name="status"),
    path("status/subscribe/", subscribing.subscribe, name="status-subscribe"),
    path("status/report/", reporting.report, name="status-report"),
    path("status/report/<str:token>/", reporting.report_state, name="status-report-state"),
    path("status/confirm/<str:token>/", subscribing.confirm, name="status-confirm"),
    path(
        "status/subscription/<str:token>/",
        subscribing.subscription,
        name="status-subscription",
    ),
    path("status/unsubscribe/<str:token>/", subscribing.unsubscribe, name="status-unsubscribe"),
    path("status/status.json", public.status, {"path": "status.json"}, name="status-json"),
    path("status/feed.atom", public.status, {"path": "feed.atom"}, name="status-feed"),
    path("status/inside/", public.status_inside, name="status-inside"),
    path("status/inside/<path:path>", public.status_inside, name="status-inside-part"),
    path("status/private/<str:key>/", public.status_by_key, name="status-private"),
    path(
        "status/private/<str:key>/<path:path>",
        public.status_by_key,
        name="status-private-part",
    ),
    path("status/<path:path>", public.status, name="status-part"),
    path("ack/<str:token>/", public.acknowledge, name="acknowledge"),
]
