"""What monitors may ask for, and nothing else: few patterns are found fast."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("operations.intake_urls")),
    path("v2/", include("operations.compatible_urls")),
    path("ping/", include("operations.ping_urls")),
]
