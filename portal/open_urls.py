"""What machines may ask without signing in."""

from django.urls import path

from portal.views import health

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/paging", health.paging, name="health-paging"),
    path("metrics", health.metrics, name="metrics"),
]
