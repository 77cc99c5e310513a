"""
The door for jobs that say how they are: a key in the address and nothing else.

It answers like its nearest relatives do, so that their clients and shell lines work: 200 OK
once the ping is kept, 404 for a key that nobody knows, 503 while the database refuses.
"""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from operations import workflow
from operations.models import PingKind, PingRejectionReason
from operations.workflow.pings import BODY_KEPT

RETRY_AFTER = "5"  # seconds
LARGEST_STATUS = 255  # of a process that ended
VERBS = {
    "": PingKind.SUCCESS,
    "start": PingKind.START,
    "fail": PingKind.FAIL,
    "log": PingKind.LOG,
}


@csrf_exempt
@login_not_required
@require_http_methods(["HEAD", "GET", "POST"])
def ping(request: HttpRequest, key: uuid.UUID, verb: str = "") -> HttpResponse:
    """Take in the word of a job: that it began, ended well or badly, or how it exited."""
    try:
        return _take(request, key, verb)
    except (DatabaseError, InterfaceError):
        return _answer(503, "unavailable; send it again soon", {"Retry-After": RETRY_AFTER})


def _take(request: HttpRequest, key: uuid.UUID, verb: str) -> HttpResponse:
    def turned_away(why: PingRejectionReason, status: int, text: str) -> HttpResponse:
        call = f"/{verb}" if verb else ""
        if query := request.META.get("QUERY_STRING", ""):
            call += f"?{query}"
        workflow.turn_ping_away(
            key, why, call=call, method=request.method or "", agent=_agent(request)
        )
        return _answer(status, text)

    kind, status = _meaning(verb)
    if kind is None:
        text = "after the key: start, fail, log or 0 to 255"
        return turned_away(PingRejectionReason.NO_SUCH_WORD, 400, text)
    try:
        run_id = uuid.UUID(rid) if (rid := request.GET.get("rid", "")) else None
        body = request.read(BODY_KEPT + 1) if request.method == "POST" else b""
    except ValueError:
        return turned_away(PingRejectionReason.BAD_RUN, 400, "rid is not a UUID")
    except (UnreadablePostError, OSError):  # the sender went away in the middle
        return turned_away(PingRejectionReason.BROKEN_OFF, 400, "the body broke off")
    kept = workflow.accept_ping(
        key,
        kind=kind,
        exit_status=status,
        run_id=run_id,
        method=request.method or "",
        agent=_agent(request),
        body=body[:BODY_KEPT],
        is_cut=len(body) > BODY_KEPT,
    )
    if kept is None:
        return turned_away(PingRejectionReason.OLD_ADDRESS, 404, "not found")
    return _answer(200, "OK")


def _agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")


def _meaning(verb: str) -> tuple[PingKind | None, int | None]:
    if not (verb.isascii() and verb.isdigit()):
        return VERBS.get(verb), None
    status = int(verb[:4])
    if status > LARGEST_STATUS:
        return None, None
    return (PingKind.FAIL if status else PingKind.SUCCESS), status


def _answer(status: int, text: str, headers: dict[str, str] | None = None) -> HttpResponse:
    known = {"Ping-Body-Limit": str(BODY_KEPT), "Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(text, status=status, content_type="text/plain", headers=known)
