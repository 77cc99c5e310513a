"""
The secrets in a subscriber's letters: one confirms, the other manages and unsubscribes.

Each letter carries them, so they must be known again, and yet nobody who reads the database
may use them: the row keeps a nonce and the tokens' hashes, and a token is worked out from the
nonce with a key that belongs to the installation. 256 bits each.
"""

import base64
import hmac
import re
import secrets
from typing import Literal

from django.conf import settings
from django.urls import reverse

from incidents.models import Subscriber
from portal.crypto import derived_key, secret_hash

Purpose = Literal["confirm", "manage"]

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_nonce() -> str:
    return secrets.token_hex(32)


def token_of(nonce: str, purpose: Purpose) -> str:
    """Return 43 url-safe characters that nobody else can work out."""
    raw = hmac.digest(derived_key(f"subscriber {purpose}"), nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def hash_of(nonce: str, purpose: Purpose) -> str:
    """Return what the row keeps of a token."""
    return secret_hash(token_of(nonce, purpose))


def address_hash(kind: str, address: str) -> str:
    """Return the keyed hash under which an address is found again."""
    said = f"{kind}\n{address}".encode()
    return hmac.digest(derived_key("subscriber address"), said, "sha256").hex()


def managed_by(token: str) -> Subscriber | None:
    return _by("manage_hash", token)


def confirmed_by(token: str) -> Subscriber | None:
    return _by("confirm_hash", token)


def _by(field: str, token: str) -> Subscriber | None:
    if not TOKEN.fullmatch(token):
        return None
    return Subscriber.objects.filter(**{field: secret_hash(token)}).first()


def confirm_url(subscriber: Subscriber) -> str:
    return _url("status-confirm", subscriber, "confirm")


def manage_url(subscriber: Subscriber) -> str:
    return _url("status-subscription", subscriber, "manage")


def unsubscribe_url(subscriber: Subscriber) -> str:
    return _url("status-unsubscribe", subscriber, "manage")


def _url(name: str, subscriber: Subscriber, purpose: Purpose) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=[token_of(subscriber.nonce, purpose)])}"
