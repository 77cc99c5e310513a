"""What knowledge shows to programs that are not signed in: a feed, by its key."""

from django.urls import path

from knowledge.views import news

urlpatterns = [path("feeds/documents/<str:key>.atom", news.feed, name="document-feed")]
