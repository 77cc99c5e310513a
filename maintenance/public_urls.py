"""What maintenance shows to programs that are not signed in: calendar feeds, by their key."""

from django.urls import path

from maintenance.views import feeds

urlpatterns = [path("feeds/changes/<str:key>.ics", feeds.read, name="change-feed")]
