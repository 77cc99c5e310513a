"""Secrets that must be read again are encrypted; those that need not be are hashed."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


def derived_key(purpose: str) -> bytes:
    """Return 32 bytes that belong to `purpose` alone, worked out from the secret key."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"evenkeel {purpose}".encode(), "sha256")


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("fields")))


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Return the text, or an empty one when the secret key has changed since."""
    try:
        return _fernet().decrypt(text.encode()).decode()
    except InvalidToken:
        return ""


def secret_hash(secret: str) -> str:
    """Return the hash under which a long random secret is found again."""
    return hashlib.sha256(secret.encode()).hexdigest()


class EncryptedTextField(_TextField):
    """Text that lies encrypted in the database; it can be shown, but not searched."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if isinstance(value, str) and value else value

    def from_db_value(self, value: Any, *_: Any) -> Any:
        return decrypt(value) if value else value

    def to_python(self, value: Any) -> Any:
        return value
