"""The door for jobs, with and without a trailing slash: a redirect would lose the body."""

from django.urls import path

from operations.views import pings

NAME = "ping"

urlpatterns = [
    path("<uuid:key>", pings.ping, name=NAME),
    path("<uuid:key>/", pings.ping, name=NAME),
    path("<uuid:key>/<str:verb>", pings.ping, name=NAME),
    path("<uuid:key>/<str:verb>/", pings.ping, name=NAME),
]
