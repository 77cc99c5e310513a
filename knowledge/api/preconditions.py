"""ETag and If-Match: nobody saves over a revision that they have not seen (RFC 9110, 13)."""

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request

ETAG = re.compile(r'"r(\d+)"')


class PreconditionRequired(APIException):
    status_code = 428
    default_code = "if_match_missing"
    default_detail = _('Name the revision that you built on: If-Match: "r3".')


class PreconditionFailed(APIException):
    status_code = 412
    default_code = "newer_revision"
    default_detail = _("There is a newer revision than the one in If-Match.")


def etag(number: int) -> str:
    return f'"r{number}"'


def base_number(request: Request) -> int:
    """Return the revision that the caller has seen; raises 428 or 412."""
    said = request.headers.get("If-Match", "").strip()
    if said in {"", "*"}:
        raise PreconditionRequired
    found = ETAG.fullmatch(said)
    if found is None:
        raise PreconditionFailed(_('If-Match must be a revision\'s ETag, such as "r3".'))
    return int(found[1])
