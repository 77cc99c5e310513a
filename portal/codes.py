"""
The code by which a person proves that a way reaches them.

It is worked out from the secret key and a number that is drawn anew for each test message, so
it stands in the message alone: not in the database, the log or the inbox. Looking at the link
changes nothing; who enters the code, or presses the button, does (some mail scanners open
every link).
"""

import hmac

from django.utils.crypto import constant_time_compare

from portal.crypto import derived_key
from portal.models import ContactMethod

DIGITS = 6


def code_of(contact: ContactMethod) -> str:
    """Return the six digits of the newest test message by this way; empty without one."""
    if not contact.code_nonce:
        return ""
    said = f"{contact.pk} {contact.code_nonce}".encode()
    number = int.from_bytes(
        hmac.digest(derived_key("contact codes"), said, "sha256")[:8], "big"
    )
    return f"{number % 10**DIGITS:0{DIGITS}}"


def is_right(contact: ContactMethod, code: str) -> bool:
    typed = "".join(code.split())
    expected = code_of(contact)
    return bool(expected) and constant_time_compare(typed, expected)
