"""`git clone` of a space over HTTP: git's own protocol, read-only, by a token."""

import base64
import binascii
import gzip
import zlib
from io import BytesIO
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from dulwich.errors import GitProtocolError, HangupException
from dulwich.protocol import ReceivableProtocol
from dulwich.repo import MemoryRepo
from dulwich.server import BackendRepo, DictBackend, UploadPackHandler
from rest_framework.exceptions import AuthenticationFailed

from knowledge.access import space_for
from knowledge.git_history import repository
from portal.api.authentication import token_of
from portal.models import Scope, User

SERVICE = "git-upload-pack"
LONGEST_QUESTION = 2_000_000  # bytes of what git asks for, unpacked
ASK = {"WWW-Authenticate": 'Basic realm="A token as the password", charset="UTF-8"'}
PLACE = "/"


@login_not_required
@require_GET
def info_refs(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what there is: the first thing that `git clone` and `git fetch` ask."""
    user = _reader(request)
    if user is None:
        return HttpResponse("Show a token as the password.\n", status=401, headers=ASK)
    if request.GET.get("service") != SERVICE:
        return HttpResponseForbidden("This repository is only read, by git 1.7 or later.\n")
    repo = repository(space_for(user, slug=slug), user)
    return _answer(repo, "advertisement", b"")


@login_not_required
@csrf_exempt
@require_POST
def upload_pack(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the objects that git asks for."""
    user = _reader(request)
    if user is None:
        return HttpResponse("Show a token as the password.\n", status=401, headers=ASK)
    if request.content_type != f"application/x-{SERVICE}-request":
        return HttpResponseForbidden("That is no question of git's.\n")
    question = _question(request)
    if question is None:
        return HttpResponse("This question cannot be read.\n", status=400)
    repo = repository(space_for(user, slug=slug), user)
    return _answer(repo, "result", question)


def _reader(request: HttpRequest) -> User | None:
    """Whoever the token belongs to, if it may read; the name beside it does not count."""
    word, _space, said = request.headers.get("Authorization", "").partition(" ")
    if word.lower() != "basic":
        return None
    try:
        _name, _colon, secret = base64.b64decode(said, validate=True).decode().partition(":")
        token = token_of(secret)
    except (binascii.Error, UnicodeDecodeError, AuthenticationFailed):
        return None
    return token.person if Scope.READ in token.scopes else None


def _question(request: HttpRequest) -> bytes | None:
    body = request.body
    if request.headers.get("Content-Encoding") != "gzip":
        return body
    try:
        with gzip.open(BytesIO(body)) as packed:
            question = packed.read(LONGEST_QUESTION + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return question if len(question) <= LONGEST_QUESTION else None


def _answer(repo: MemoryRepo, what: str, question: bytes) -> HttpResponse:
    out = BytesIO()
    protocol = ReceivableProtocol(BytesIO(question).read, out.write)
    is_advertisement = what == "advertisement"
    handler = UploadPackHandler(
        DictBackend({PLACE: cast("BackendRepo", repo)}),
        [PLACE],
        protocol,
        stateless_rpc=True,
        advertise_refs=is_advertisement,
    )
    if is_advertisement:
        protocol.write_pkt_line(f"# service={SERVICE}\n".encode())
        protocol.write_pkt_line(None)
    try:
        handler.handle()
    except (GitProtocolError, HangupException, AssertionError, KeyError, ValueError):
        return HttpResponse("This question cannot be answered.\n", status=400)
    return HttpResponse(
        out.getvalue(),
        content_type=f"application/x-{SERVICE}-{what}",
        headers={"Cache-Control": "no-cache, private", "X-Content-Type-Options": "nosniff"},
    )
