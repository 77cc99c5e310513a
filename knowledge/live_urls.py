"""The address that open runs ask for news; it is served without the middleware of pages."""

from django.urls import path

from knowledge.views.run_live import news

urlpatterns = [path("<str:token>/", news, name="run-news")]
