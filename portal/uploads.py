"""How much a form with files may bring, asked before any of it is read."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _

from portal.strict import BadBody

MOST_BYTES = 12_000_000  # a picture at its limit, and the words around it


class SizeLimit(FileUploadHandler):
    """
    Refuse a body by the length that it claims; the server reads no further than that.

    Everybody can send a form, also without a name, and files go to the disk.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 (Django's)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST_BYTES:
            sentence = _("What was sent is larger than %(limit)s MB.")
            limit = MOST_BYTES // 1_000_000
            raise BadBody("too_large", sentence % {"limit": limit}, status=413)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
