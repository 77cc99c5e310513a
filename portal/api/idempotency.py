"""`Idempotency-Key` on POST: the second call gets the first answer and does nothing more."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.errors import refuse
from portal.http import signed_in
from portal.models import AnsweredRequest

Handler = Callable[..., Response]
LONGEST_KEY = 255


class IdempotentPosts:
    """
    A mixin for API views; an answer of 4xx or 5xx is not kept, so it can be tried again.

    `shown_once` names the fields of an answer that are secrets: a repeat gets them empty,
    because only what may be read again is kept.
    """

    shown_once: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of the view it is mixed into
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key:
            if len(key) > LONGEST_KEY:
                raise ValidationError({"Idempotency-Key": _("At most 255 characters.")})
            self.post = _once(self.post, key, self.shown_once)  # type: ignore[has-type]  # of the view it is mixed into


def _once(handler: Handler, key: str, shown_once: tuple[str, ...]) -> Handler:
    def answer(request: Request, *args: Any, **kwargs: Any) -> Response:
        person = signed_in(request)
        asked = _hash_of(request)
        if first := AnsweredRequest.objects.filter(person=person, key=key).first():
            return _again(first, asked)
        try:
            with transaction.atomic():
                row = AnsweredRequest.objects.create(person=person, key=key, request_hash=asked)
                response = handler(request, *args, **kwargs)
                if response.status_code >= 400:  # returned, so what was done beside it stays
                    row.delete()
                    return response
                row.status, row.body = response.status_code, _kept(response.data, shown_once)
                row.save(update_fields=["status", "body"])
                return response
        except IntegrityError:
            first = AnsweredRequest.objects.filter(person=person, key=key).first()
            if first is None:  # the conflict was the handler's own
                raise
            return _again(first, asked)

    return answer


def _kept(body: Any, shown_once: tuple[str, ...]) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: "" if name in shown_once else value for name, value in body.items()}


def _again(first: AnsweredRequest, asked: str) -> Response:
    if first.request_hash != asked:
        raise refuse(
            "idempotency_key_reused",
            _("This Idempotency-Key was used for another request before."),
            _("Use a new key for a new request."),
        )
    return Response(first.body, status=first.status, headers={"Idempotency-Replayed": "true"})


def _hash_of(request: Request) -> str:
    said = f"{request.method} {request.path}\n".encode() + request._request.body
    return hashlib.sha256(said).hexdigest()
