"""Bad input is answered with a reason, never with an error page (RELIABILITY 3.1)."""

import json
from typing import Any, NoReturn

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from portal.metrics import REFUSED_INPUT
from portal.strict import (
    BadBody,
    StrictInputMiddleware,
    StrictJSONParser,
    check_text,
    parse_json,
    parse_json_leniently,
)
from tests.portal.corpora import corpus

REFUSED = corpus("json_refused")


def code_of(body: bytes) -> str:
    with pytest.raises(BadBody) as bad:
        parse_json(body)
    assert bad.value.sentence.endswith(".")
    return bad.value.code


@pytest.mark.parametrize("text", corpus("json_read"))
def test_what_is_json_is_read(text: str) -> None:
    assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_is_refused(text: str) -> None:
    code_of(text.encode())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe1\x00", "not_utf8"),
        ("é".encode("latin-1"), "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b'"\xc0\x80"', "not_utf8"),
        ("[1]".encode("utf-16-le"), "not_json"),
        (b"[" * 51 + b"]" * 51, "too_deep"),
        (b"[" * 500_000, "too_deep"),
        (b'{"a":' * 60, "too_deep"),
        (b"[NaN]", "not_a_number"),
        (b"9" * 5_000, "number_out_of_range"),
        (b"0." + b"1" * 900_000, "number_out_of_range"),
        (b"1e400", "number_out_of_range"),
        (b"9223372036854775808", "number_out_of_range"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a\\ud800":1,"a\\ud800":1}', "duplicate_key"),
        (b'"\\u0000"', "nul"),
        (b'{"\\u0000":1}', "nul"),
        (b'[{"a":["\\ud800"]}]', "lone_surrogate"),
    ],
)
def test_each_reason_has_its_code(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_of_many_keys_the_one_that_stands_twice_is_found_at_once() -> None:
    keys = ",".join(f'"{number}":1' for number in [*range(80_000), 79_999])
    with pytest.raises(BadBody, match="79999"):
        parse_json(f"{{{keys}}}".encode())


def test_a_mark_before_the_text_is_left_out() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


def test_fifty_deep_is_read_and_brackets_in_text_do_not_count() -> None:
    assert parse_json(b"[" * 50 + b"]" * 50)
    assert parse_json(json.dumps("[" * 1_000 + '\\"' + "{" * 1_000).encode())


def test_the_size_is_looked_at_first() -> None:
    with pytest.raises(BadBody) as bad:
        parse_json(b"[" * 101, limit=100)
    assert (bad.value.code, bad.value.status) == ("too_large", 413)
    assert parse_json(b" " * 99 + b"1", limit=100) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'"' + b'\\"' * 490_000,
        b'"' + b"\\\\" * 490_000 + b"\\",
        b'"' * 900_001,
        b'["",' * 200_000,
        b"-" * 900_000,
        b'{"a":1,' * 100_000,
    ],
)
def test_hostile_bodies_cost_one_pass(body: bytes) -> None:
    """A quadratic scan of any of these would not end within the test run."""
    with pytest.raises(BadBody):
        parse_json(body)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner
        )
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json_values, st.booleans())
def test_every_clean_value_comes_back(value: Any, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode()
    assert parse_json(body) == value
    assert parse_json_leniently(body) == (value, False)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}",:\\u0d8e1-.NaI \n')))
def test_anything_is_read_or_refused(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode()
    for parse in (parse_json, parse_json_leniently):
        try:
            value = parse(raw)
        except BadBody:
            continue
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


class TestLeniently:
    """An alert is not lost for one bad byte; the raw body is kept beside it."""

    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b'{"a":"x\\u0000y"}', {"a": "x\ufffdy"}),
            (b'{"a":"x\x00y"}', {"a": "x\ufffdy"}),
            (b'{"a\\ud800":["\\udfff"]}', {"a\ufffd": ["\ufffd"]}),
            (b'{"a":"\xff"}', {"a": "\ufffd"}),
            (b'{"a":"\xef\xbf\xbd\xff"}', {"a": "\ufffd\ufffd"}),
        ],
    )
    def test_bad_text_is_replaced_and_flagged(self, body: bytes, value: Any) -> None:
        assert parse_json_leniently(body) == (value, True)

    def test_a_raw_line_end_in_text_is_read(self) -> None:
        assert parse_json_leniently(b'"a\nb"').value == "a\nb"

    def test_the_replacement_sign_itself_is_not_bad(self) -> None:
        assert not parse_json_leniently('"\ufffd"'.encode()).was_repaired

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"{", "not_json"),
            (b"[NaN]", "not_a_number"),
            (b"[" * 60, "too_deep"),
            (b'{"a":1,"a":2}', "duplicate_key"),
            (b'{"\\u0000":1,"\\ufffd":2}', "duplicate_key"),
            (b"1" * 30, "number_out_of_range"),
            (b"1" * 1_000_001, "too_large"),
        ],
    )
    def test_bad_structure_is_refused(self, body: bytes, code: str) -> None:
        with pytest.raises(BadBody) as bad:
            parse_json_leniently(body)
        assert bad.value.code == code


def test_text_may_hold_anything_else() -> None:
    check_text("é 😀 \x01 \u202e \ufffd")


class Echo(APIView):
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (StrictJSONParser,)

    def post(self, request: Any) -> Response:
        return Response({"read": request.data})


class TestInTheApi:
    def answer(self, body: bytes, content_type: str = "application/json") -> Any:
        make: Any = APIRequestFactory()
        request = make.generic("POST", "/api/v1/x", body, content_type)
        response = Echo.as_view()(request)
        response.render()
        return response.status_code, json.loads(response.content)

    def test_a_body_is_read(self) -> None:
        assert self.answer(b"[1]") == (200, {"read": [1]})
        assert self.answer(b"[1]", "application/json; charset=UTF-8") == (200, {"read": [1]})

    def test_a_bad_body_is_refused_with_code_and_sentence(self) -> None:
        status, problem = self.answer(b'{"a":1,"a":2}')
        assert (status, problem["code"]) == (400, "duplicate_key")
        assert problem["detail"] == "The key “a” stands twice in one object."

    def test_a_large_body_is_413(self) -> None:
        assert self.answer(b" " * 1_000_001)[0] == 413

    def test_other_charsets_and_types_are_refused(self) -> None:
        body = "[1]".encode("utf-16")
        assert self.answer(body, "application/json; charset=utf-16")[0] == 400
        assert self.answer(b"[1]", "application/json; charset=bz2")[0] == 400
        assert self.answer(b"[1]", "text/plain")[0] == 415

    @pytest.mark.parametrize("text", REFUSED)
    def test_nothing_of_the_corpus_is_an_error_of_ours(self, text: str) -> None:
        assert self.answer(text.encode())[0] == 400


def through(request: HttpRequest, *, failing: Exception | None = None) -> HttpResponse:
    """Send a request through the middleware, as Django would."""
    middleware = StrictInputMiddleware(lambda _: HttpResponse("reached"))
    if failing:
        response = middleware.process_exception(request, failing)
        if response is None:
            raise failing
        return response
    return middleware(request)


def caught(code: str) -> float:
    (metric,) = REFUSED_INPUT.collect()
    return sum(
        sample.value
        for sample in metric.samples
        if sample.labels["code"] == code and sample.name.endswith("_total")
    )


class TestInRequests:
    make = RequestFactory()

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("get", ["/services/a%00b/"]),
            ("get", ["/services/?q=a%00b"]),
            ("get", ["/services/?a%00=1"]),
            ("get", ["/services/?q=fine&q=%00"]),
            ("post", ["/services/", {"name": "a\0b"}]),
            ("post", ["/services/", "name=a%00b", "application/x-www-form-urlencoded"]),
            ("post", ["/services/", "%00=b", "application/x-www-form-urlencoded"]),
        ],
    )
    def test_a_nul_is_refused_wherever_it_stands(
        self, method: str, arguments: list[Any]
    ) -> None:
        before = caught("nul")
        response = through(getattr(self.make, method)(*arguments))
        assert response.status_code == 400
        assert "NUL" in response.content.decode()
        assert caught("nul") == before + 1

    def test_half_a_character_is_refused(self) -> None:
        request: Any = self.make.get("/services/")
        request.GET = request.GET.copy()
        request.GET["q"] = "\ud800"
        assert through(request).status_code == 400
        assert through(self.make.get("/", headers={"x-a": "\udc00"})).status_code == 400

    def test_bytes_that_are_no_text_reach_the_view_as_replacement_signs(self) -> None:
        assert through(self.make.get("/services/?q=%ed%a0%80%ff")).content == b"reached"

    def test_a_file_is_refused_for_its_name(self) -> None:
        upload = SimpleUploadedFile("a.png", b"x")
        request: Any = self.make.post("/x/", {"file": upload})
        request.FILES["file"].name = "a\udcff.png"
        assert through(request).status_code == 400

    def test_the_api_is_answered_with_a_problem(self) -> None:
        response = through(self.make.get("/api/v1/services/?q=%00"))
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content) == {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "There is a NUL character in the text.",
            "code": "nul",
        }

    def test_other_bodies_are_left_for_the_view_to_read(self) -> None:
        request = self.make.post("/api/v1/x", b'"\\u0000"', "application/json")
        assert through(request).content == b"reached"
        assert request.read() == b'"\\u0000"'

    @pytest.mark.parametrize(
        "error",
        [
            DataError("invalid byte sequence"),
            UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
            RecursionError(),
            OverflowError("Python int too large to convert to SQLite INTEGER"),
        ],
    )
    def test_what_slips_through_is_caught_and_counted(self, error: Exception) -> None:
        code = f"net_{type(error).__name__}"
        before = caught(code)
        assert through(self.make.get("/services/"), failing=error).status_code == 400
        assert caught(code) == before + 1

    def test_no_other_error_is_hidden(self) -> None:
        with pytest.raises(ZeroDivisionError):
            through(self.make.get("/services/"), failing=ZeroDivisionError())

    def test_an_upload_that_breaks_off_is_not_our_error(self) -> None:
        request: Any = self.make.post("/x/", {"a": "b"})

        def breaks(*_: Any) -> NoReturn:
            raise OSError("The client went away.")

        request._stream.read = breaks
        assert through(request).content == b"reached"
