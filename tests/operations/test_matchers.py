"""Matchers: read as typed, written back the same, and matched as Alertmanager does."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from operations import matchers
from operations.matchers import Matcher

LABELS = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(max_size=12)


def one(label: str, op: str, value: str) -> Matcher:
    return Matcher(label=label, op=op, value=value)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("{}", []),
        ('{a="b"}', [one("a", "=", "b")]),
        ('a="b", c=~"d.*"', [one("a", "=", "b"), one("c", "=~", "d.*")]),
        ("a=b,c!=d", [one("a", "=", "b"), one("c", "!=", "d")]),
        (r'{path=~"\d+\"x"}', [one("path", "=~", r'\d+"x')]),
        ('{a=""}', [one("a", "=", "")]),
        ('{ a !~ "x, y" , }', [one("a", "!~", "x, y")]),
    ],
)
def test_what_people_type(typed: str, expected: list[Matcher]) -> None:
    assert matchers.parse(typed) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("nonsense", "matcher"),
        ('a="b" c="d"', "matcher"),
        ('{a=~"("}', "regex"),
        ('{a=~"(?=x)"}', "regex"),
        ('{0="b"}', "label"),
        (",".join(f'a{n}="b"' for n in range(31)), "too_many"),
        (f'a="{"x" * 501}"', "value"),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        matchers.parse(typed)
    assert wrong.value.code == code


@pytest.mark.parametrize(
    "sent",
    [
        [{"label": "a"}],
        [{"label": "a", "op": "=", "value": 1}],
        [{"label": "a", "op": ">", "value": "1"}],
        ["a=b"],
    ],
)
def test_what_a_program_sends_is_checked_alike(sent: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        matchers.parse(sent)


@pytest.mark.parametrize(
    ("typed", "labels", "expected"),
    [
        ("", {}, True),
        ('a="b"', {"a": "b"}, True),
        ('a="b"', {}, False),
        ('a!="b"', {}, True),
        ('a=""', {}, True),
        ('a=~"b.*"', {"a": "bcd"}, True),
        ('a=~"b"', {"a": "bcd"}, False),  # the whole value
        ('a=~"b|c"', {"a": "xb"}, False),
        ('a!~"b.*"', {"a": "bcd"}, False),
        ('a!~"b.*"', {}, True),
        ('a=~".*"', {}, True),
        ('a="b",c="d"', {"a": "b", "c": "e"}, False),
    ],
)
def test_what_matches(typed: str, labels: dict[str, str], *, expected: bool) -> None:
    assert matchers.matches(matchers.parse(typed), labels) is expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(one, LABELS, st.sampled_from(["=", "!="]), VALUES), max_size=5))
def test_text_and_back_is_the_same(rows: list[Matcher]) -> None:
    assert matchers.parse(matchers.text(rows)) == rows


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(LABELS, VALUES, max_size=6))
def test_exactly_these_labels_match_themselves(labels: dict[str, str]) -> None:
    assert matchers.matches(matchers.exactly(labels), labels)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from(["a.*", "[bc]+", "", "x|y"]))
def test_not_is_the_opposite(value: str, pattern: str) -> None:
    assert matchers.value_matches("=~", pattern, value) is not matchers.value_matches(
        "!~", pattern, value
    )


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_nothing_typed_is_an_accident(typed: str) -> None:
    try:
        found = matchers.parse(typed)
    except ValidationError:
        return
    assert matchers.parse(matchers.text(found)) == found
