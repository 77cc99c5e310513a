"""Signing in with an e-mail address and a password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from portal import limits
from portal.models import User

ATTEMPTS = 10  # wrong passwords for one address
WINDOW = 15 * 60  # seconds since the last of them


class EmailBackend(BaseBackend):
    """Knows people by e-mail address; after many wrong passwords an address must wait."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        if not username or not password or is_locked(username):
            return None
        person = User.objects.filter(email=username.strip().lower()).first()
        if person is None:
            User().set_password(password)  # as slow as for an address that exists
        else:
            person.changed_by = person  # a stronger hash may be saved on the way
            if person.check_password(password) and person.is_active:
                limits.forget("sign-in", username)
                return person
        limits.count("sign-in", username, window=WINDOW)
        return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def is_locked(address: str) -> bool:
    return limits.tries("sign-in", address) >= ATTEMPTS
