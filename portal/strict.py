"""
The one strict reading of what comes in: JSON bodies, and text in paths, queries and forms.

A lone surrogate that is stored once breaks every page that shows it, a NUL byte is an error
of the database, and deep nesting one of the interpreter. So all of it is refused here, with a
code and a sentence, before any of our code sees it.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import IO, Any, NamedTuple

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from portal.errors import Refusal
from portal.metrics import REFUSED_INPUT

LONGEST_BODY = 1_000_000  # bytes
DEEPEST = 50
LONGEST_NUMBER = 400  # characters; a float that fits has fewer
INT64 = range(-(2**63), 2**63)
BAD_TEXT = re.compile("[\0\ud800-\udfff]")
# A whole string, closed or not, or one bracket; nothing here can backtrack.
NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PROBLEM = "application/problem+json"
NET = (DataError, UnicodeEncodeError, RecursionError, OverflowError)

log = structlog.get_logger(__name__)


class BadBody(Exception):
    """What came in cannot be read; `code` is for programs, `sentence` for people."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        self.code = code
        self.sentence = sentence
        self.status = status
        super().__init__(sentence)


class Lenient(NamedTuple):
    """A body and whether bad text in it was replaced by U+FFFD."""

    value: Any
    was_repaired: bool


def parse_json(body: bytes, *, limit: int = LONGEST_BODY) -> Any:
    """
    Return the JSON value of a body, or raise `BadBody`.

    UTF-8 only, `limit` bytes at most, nested 50 deep at most; no NaN or infinity, integers
    of 64 bits, no key twice in an object, no U+0000 and no lone surrogate in keys or values.
    """
    _check_size(body, limit)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadBody("not_utf8", _("The body is not UTF-8.")) from None
    value = _loaded(text, is_strict=True)
    if "\\u" in text:  # the only way in for what UTF-8 and JSON do not allow as it is
        for found in _texts(value):
            check_text(found)
    return value


def parse_json_leniently(body: bytes, *, limit: int = LONGEST_BODY) -> Lenient:
    """
    Do the same for machines that must not lose an alert for one bad byte.

    Bad text (not UTF-8, NUL, a lone surrogate, a raw control character) is replaced and
    flagged; bad structure still raises `BadBody`. Keep the raw body beside it.
    """
    _check_size(body, limit)
    try:
        text, is_damaged = body.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text, is_damaged = body.decode("utf-8-sig", errors="replace"), True
    value = _loaded(text, is_strict=False)
    if any(BAD_TEXT.search(found) for found in _texts(value)):
        value, is_damaged = _repaired(value), True
    return Lenient(value, is_damaged)


def check_text(value: str) -> None:
    """Raise `BadBody` for text that no database of ours stores and gives back."""
    found = BAD_TEXT.search(value)
    if found is None:
        return
    if found[0] == "\0":
        raise BadBody("nul", _("There is a NUL character in the text."))
    raise BadBody("lone_surrogate", _("There is half a character (a surrogate) in the text."))


def _check_size(body: bytes, limit: int) -> None:
    if len(body) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> BadBody:
    sentence = _("The body is larger than %(limit)s bytes.") % {"limit": limit}
    return BadBody("too_large", sentence, status=413)


def _loaded(text: str, *, is_strict: bool) -> Any:
    _check_depth(text)
    try:
        return json.loads(
            text,
            strict=is_strict,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        sentence = _("This is not JSON: %(what)s in line %(line)s, column %(column)s.") % {
            "what": error.msg.lower(),
            "line": error.lineno,
            "column": error.colno,
        }
        raise BadBody("not_json", sentence) from None


def _check_depth(text: str) -> None:
    depth = 0
    for found in NESTING.finditer(text):
        sign = found[0][0]
        if sign in "[{":
            depth += 1
            if depth > DEEPEST:
                sentence = _("The body is nested more than %(depth)s deep.")
                raise BadBody("too_deep", sentence % {"depth": DEEPEST})
        elif sign in "]}":
            depth -= 1


def _refuse_constant(name: str) -> None:
    raise BadBody("not_a_number", _("%(name)s is not a JSON number.") % {"name": name})


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= LONGEST_NUMBER else math.inf
    if math.isinf(value):
        raise _out_of_range()
    return value


def _int(digits: str) -> int:
    # Digits are counted first: Python itself refuses to read more than 4,300.
    value = int(digits) if len(digits) <= LONGEST_NUMBER else None
    if value is None or value not in INT64:
        raise _out_of_range()
    return value


def _out_of_range() -> BadBody:
    return BadBody("number_out_of_range", _("A number in the body is too large."))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _value in pairs)
        twice = next(key for key, times in counted.items() if times > 1)
        shown = BAD_TEXT.sub("\ufffd", twice)[:100]
        sentence = _("The key “%(key)s” stands twice in one object.") % {"key": shown}
        raise BadBody("duplicate_key", sentence)
    return found


def _texts(value: Any) -> Iterator[str]:
    """Yield every key and every text; nesting is known to be shallow."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return BAD_TEXT.sub("\ufffd", value)
    if isinstance(value, dict):
        return _object([(_repaired(key), _repaired(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return [_repaired(inner) for inner in value]
    return value


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """REST framework's way to `parse_json`."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        try:
            return parse_json(_read(stream, parser_context["request"]))
        except BadBody as bad:
            REFUSED_INPUT.labels(bad.code).inc()
            if bad.status == 413:
                raise BodyTooLarge(bad.sentence) from bad
            raise ParseError(bad.sentence, bad.code) from bad


def _read(stream: IO[Any], request: HttpRequest) -> bytes:
    charset = request.content_params.get("charset", "utf-8") if request.content_params else ""
    if charset.lower().strip("\"'") not in {"", "utf-8", "utf8", "us-ascii"}:
        raise BadBody("not_utf8", _("Only UTF-8 is read here."))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and (len(length) > 18 or int(length) > LONGEST_BODY):
        raise _too_large(LONGEST_BODY)
    body: bytes = stream.read(LONGEST_BODY + 1)
    return body


class StrictInputMiddleware:
    """Answer 400 to bad text wherever a request carries it, and to what slipped through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            for text in _texts_of(request):
                check_text(text)
        except BadBody as bad:
            return _refused(request, bad)
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """
        Be the last net: each catch is a rule that is missing above, and is counted as such.

        In `evenkeel_refused_input_total` its code begins with `net_`.
        """
        if not isinstance(exception, NET):
            return None
        log.error("A request got past the strict reading.", exc_info=exception)
        code = f"net_{type(exception).__name__}"
        return _refused(request, BadBody(code, _("A value in the request cannot be used.")))


def _texts_of(request: HttpRequest) -> Iterator[str]:
    yield request.path
    yield from (str(value) for name, value in request.META.items() if name.startswith("HTTP_"))
    yield from _fields(request.GET.lists())
    if request.method == "POST" and request.content_type in FORMS:
        with suppress(UnreadablePostError):  # whoever reads it next will say so
            yield from _fields(request.POST.lists())
            for name, files in request.FILES.lists():
                yield name
                yield from (file.name or "" for file in files)


def _fields(lists: Any) -> Iterator[str]:
    for name, values in lists:
        yield name
        yield from values


def _refused(request: HttpRequest, bad: BadBody) -> HttpResponse:
    REFUSED_INPUT.labels(bad.code).inc()
    title = HTTPStatus(bad.status).phrase
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": title, "status": bad.status}
        return JsonResponse(
            problem | {"detail": bad.sentence, "code": bad.code},
            status=bad.status,
            content_type=PROBLEM,
        )
    context = {
        "title": _("This could not be read"),
        "refusals": [Refusal(bad.code, bad.sentence)],
    }
    return render(request, "error.html", context, status=bad.status)
