"""The outer door of the API; what may be done to which object, the access modules say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.models import ApiToken, Scope, User

if TYPE_CHECKING:  # that module reads our settings, which name this one
    from rest_framework.views import APIView


class SignedInWithinScope(BasePermission):
    """Signed in, with access, and within the scopes of the token that is shown, if one is."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        if not request.user.may_look:
            raise Http404
        if not isinstance(request.auth, ApiToken):
            return True
        return scope_needed(request, view) in request.auth.scopes


def scope_needed(request: Request, view: APIView) -> Scope:
    """A view may ask for another scope than its method suggests by `write_scope`."""
    if request.method in SAFE_METHODS:
        return Scope.READ
    needed: Scope = getattr(view, "write_scope", Scope.WRITE)
    if needed == Scope.DEPLOY and Scope.WRITE in getattr(request.auth, "scopes", []):
        return Scope.WRITE
    return needed
