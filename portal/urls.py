"""Every door of the house, by the floor it leads to."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from portal.views.account import SignIn

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("portal.open_urls")),
    path("", include("portal.page_urls")),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign-out"),
    path("ping/", include("operations.ping_urls")),
    path("operate/", include("operations.urls")),
    path("learn/", include("knowledge.urls")),
    path("", include("knowledge.attachment_urls")),
    path("", include("knowledge.git_urls")),
    path("change/", include("maintenance.urls")),
    path("respond/", include("incidents.urls")),
    path("", include("operations.public_urls")),
    path("", include("knowledge.public_urls")),
    path("", include("maintenance.public_urls")),
    path("", include("incidents.public_urls")),
    path("v2/", include("operations.compatible_urls")),
    path("live/runs/", include("knowledge.live_urls")),
    path("live/", include("incidents.live_urls")),
    path("api/v1/", include("portal.api.urls")),
    path("api/v1/", include("operations.api.urls")),
    path("api/v1/", include("knowledge.api.urls")),
    path("api/v1/", include("maintenance.api.urls")),
    path("api/v1/", include("incidents.api.urls")),
]
handler404 = "portal.views.errors.not_found"
if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
