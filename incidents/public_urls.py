"""What incidents shows to people who are not signed in: the status page and signed links."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
