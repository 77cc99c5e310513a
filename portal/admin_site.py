"""The admin, opened by our own sign-in page and to the people whom our pages know."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class Site(AdminSite):
    """For catalogues, corrections and reading; state moves by the verbs of the pages."""

    site_header = _("Evenkeel admin")
    site_title = _("Evenkeel admin")
    index_title = _("Records")
    site_url = "/"

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to our sign-in page; who is signed in already learns that it is not for them."""
        if not request.user.is_authenticated or self.has_permission(request):
            wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
            return redirect(f"{settings.LOGIN_URL}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")
        if not getattr(request.user, "may_look", False):
            raise Http404
        raise PermissionDenied


class AdminApp(AdminConfig):
    default_site = "portal.admin_site.Site"
