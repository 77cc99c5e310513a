"""Signing in with an e-mail address and a password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.core.cache import cache
from django.http import HttpRequest

from portal.models import User

ATTEMPTS = 10  # wrong passwords for one address
WINDOW = 15 * 60  # seconds


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
                cache.delete(_key(username))
                return person
        _count_failure(username)
        return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def is_locked(address: str) -> bool:
    return int(cache.get(_key(address), 0)) >= ATTEMPTS


def _count_failure(address: str) -> None:
    cache.add(_key(address), 0, WINDOW)
    cache.incr(_key(address))


def _key(address: str) -> str:
    return f"sign-in:{address.strip().lower()[:200]}".replace(" ", "")
