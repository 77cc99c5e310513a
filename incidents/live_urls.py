"""The address that rooms ask for news; it is served without the middleware of pages."""

from django.urls import path

from incidents.views.live import news

urlpatterns = [path("<str:token>/", news, name="incident-news")]
