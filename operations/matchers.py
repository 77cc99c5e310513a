"""
Matchers: which alerts a rule is about, by their labels.

In the database and the API a list of `{"label": "...", "op": "= | != | =~ | !~", "value":
"..."}`, all of which must hold; typed by people as `{alertname="HighLoad", zone=~"eu-.*"}`, as
in Alertmanager. Patterns are RE2 and match the whole value; a label that is missing is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import re2
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OPERATORS = ("=~", "!~", "!=", "=")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:/-]{0,99}")
LONGEST_VALUE = 500
MOST = 30  # matchers in one rule
PATTERN_MEMORY = 1 << 20  # bytes of a compiled pattern; what needs more is refused
ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}
# One matcher; the value is quoted, or bare as long as nothing in it could mean something.
TYPED = re.compile(
    r'\s*(?P<label>[^\s=!~{},"]+)\s*(?P<op>=~|!~|!=|=)\s*'
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,{}"]*))\s*(?P<comma>,|$)'
)
# One condition on one label: `label`, `op` and `value`.
Matcher = dict[str, str]


def parse(said: str | Iterable[Mapping[str, Any]]) -> list[Matcher]:
    """
    Return the matchers that a person typed or a program sent, checked.

    Raises `ValidationError` with a sentence that names what cannot be read.
    """
    found = _typed(said) if isinstance(said, str) else [_given(one) for one in said]
    if len(found) > MOST:
        raise ValidationError(_("At most %(n)d matchers.") % {"n": MOST}, "too_many")
    for matcher in found:
        _check(matcher)
    return found


def text(matchers: Iterable[Mapping[str, str]]) -> str:
    """Return the matchers as people type them: `{a="b", c=~"d.*"}`; nothing for none."""
    parts = [f'{each["label"]}{each["op"]}"{_escaped(each["value"])}"' for each in matchers]
    return "{" + ", ".join(parts) + "}" if parts else ""


def matches(matchers: Iterable[Mapping[str, str]], labels: Mapping[str, str]) -> bool:
    """Whether all of them hold for these labels; without any, everything matches."""
    return all(_holds(matcher, labels.get(matcher["label"], "")) for matcher in matchers)


def value_matches(op: str, value: str, actual: str) -> bool:
    """Whether one value of a label passes one condition."""
    if op in {"=", "!="}:
        return (actual == value) == (op == "=")
    return (_pattern(value).fullmatch(actual) is not None) == (op == "=~")


def exactly(labels: Mapping[str, str]) -> list[Matcher]:
    """Return the matchers that describe these labels and nothing less."""
    return [
        Matcher(label=name, op="=", value=value[:LONGEST_VALUE])
        for name, value in sorted(labels.items())
        if LABEL.fullmatch(name) and len(value) <= LONGEST_VALUE
    ][:MOST]


def _holds(matcher: Mapping[str, str], actual: str) -> bool:
    return value_matches(matcher["op"], matcher["value"], actual)


@lru_cache(maxsize=2000)
def _pattern(value: str) -> Any:
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    return re2.compile(value, options)


def _typed(said: str) -> list[Matcher]:
    inner = said.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    found, at = [], 0
    while inner[at:].strip():
        one = TYPED.match(inner, at)
        if one is None:
            sentence = _("This cannot be read as a matcher: %(text)s")
            raise ValidationError(sentence % {"text": inner[at:].strip()[:60]}, "matcher")
        quoted = one["quoted"]
        value = _unescaped(quoted) if quoted is not None else one["bare"]
        found.append(Matcher(label=one["label"], op=one["op"], value=value))
        at = one.end()
    return found


def _given(one: Any) -> Matcher:
    if not isinstance(one, Mapping) or set(one) != {"label", "op", "value"}:
        raise ValidationError(_("A matcher has a label, an op and a value."), "matcher")
    if not all(isinstance(part, str) for part in one.values()):
        raise ValidationError(_("Label, op and value of a matcher are texts."), "matcher")
    return Matcher(label=one["label"], op=one["op"], value=one["value"])


def _check(matcher: Matcher) -> None:
    if not LABEL.fullmatch(matcher["label"]):
        sentence = _("“%(label)s” is not the name of a label.")
        raise ValidationError(sentence % {"label": matcher["label"][:60]}, "label")
    if matcher["op"] not in OPERATORS:
        sentence = _("“%(op)s” is not one of =, !=, =~ and !~.")
        raise ValidationError(sentence % {"op": matcher["op"][:10]}, "op")
    if len(matcher["value"]) > LONGEST_VALUE:
        sentence = _("A value has at most %(n)d characters.")
        raise ValidationError(sentence % {"n": LONGEST_VALUE}, "value")
    if matcher["op"] in {"=~", "!~"}:
        _check_pattern(matcher["value"])


def _check_pattern(value: str) -> None:
    try:
        _pattern(value)
    except re2.error as error:
        sentence = _("The pattern “%(value)s” cannot be used: %(why)s")
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValidationError(sentence % {"value": value[:60], "why": why}, "regex") from None


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _unescaped(value: str) -> str:
    # A backslash before anything else stays, so that \d in a pattern needs no second one.
    return re.sub(r"\\(.)", lambda one: ESCAPES.get(one[1], one[0]), value, flags=re.DOTALL)
