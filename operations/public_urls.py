"""What operations shows to programs that are not signed in: calendar feeds, by their key."""

from django.urls import path

from operations.views import feeds

urlpatterns = [path("feeds/on-call/<str:key>.ics", feeds.read, name="on-call-feed")]
