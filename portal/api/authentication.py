"""Who calls the API: a program by its token, or a person by the session of the browser."""

from datetime import timedelta

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal import clock
from portal.crypto import secret_hash
from portal.models import ApiToken, User

USED_EVERY = timedelta(minutes=1)  # how exactly the last use is kept


def token_of(secret: str) -> ApiToken:
    """Return the token that was shown, and note its use; raises `AuthenticationFailed`."""
    found = ApiToken.objects.select_related("person").filter(
        token_hash=secret_hash(secret.strip())
    )
    token = found.first()
    now = clock.now()
    if token is None or not token.is_valid_at(now) or not token.person.is_active:
        raise AuthenticationFailed(_("This token is unknown, expired or revoked."), "token")
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer ek_…`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        word, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "bearer":
            return None
        token = token_of(secret)
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BrowserAuthentication(SessionAuthentication):
    """The signed-in person's session; changes need the CSRF token as forms do."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library says no types
    target_class = "portal.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, ek_…"}


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library says no types
    target_class = "portal.api.authentication.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "session"}
