"""How an artefact is named: by the SHA-256 of its bytes, in 64 small hexadecimal digits."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256(text: str) -> str:
    """
    Return the digest as it is kept; blank stays blank.

    Takes it as registries and `sha256sum` write it: `sha256:` before it, or capitals. Raises
    `ValidationError` for anything else.
    """
    digest = text.strip().lower().removeprefix("sha256:")
    if digest and not SHA256.fullmatch(digest):
        raise ValidationError(
            _("A SHA-256 is 64 digits from 0 to 9 and a to f."), "not_a_digest"
        )
    return digest
