"""
The variables of a runbook: declared in its front matter, filled into its commands.

    variables:
      - {name: ns, label: namespace, default: production, pattern: "[a-z0-9-]+"}
      - {name: host, source: service.slug}
      - {name: password, secret: true}

A value comes by hand, from a label of the alert (`label`), from another `source`, or is the
default, in that order. Labels of alerts are written by strangers: no value holds a line end, a
control or a direction mark, and none reads as an option unless a pattern allows it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from knowledge import front_matter, patterns

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)
USED = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,39})[ \t]*\}\}", re.ASCII)
LONGEST_VALUE = 500
LONGEST_PATTERN = 200
MOST = 50
# Marks that turn the direction of writing: what is read is not what is run.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SOURCES = re.compile(
    r"(?:alert\.(?:name|summary|severity|labels\.[\w.-]+|annotations\.[\w.-]+)"
    r"|service\.(?:name|slug|team|tier)|incident\.(?:number|title|severity|service)|hand)"
)


class Variable(NamedTuple):
    """One variable as its author declared it."""

    name: str
    label: str = ""  # the label of the alert that it comes from
    source: str = ""  # or another source, such as "service.slug"
    default: str = ""
    pattern: str = ""
    example: str = ""
    secret: bool = False

    @property
    def sources(self) -> list[str]:
        by_label = [f"alert.labels.{self.label}"] if self.label else []
        return by_label + ([self.source] if self.source and self.source != "hand" else [])


class Report(NamedTuple):
    """What a text declares and uses, and what its author should know of."""

    declared: list[Variable]
    used: list[str]
    undeclared: list[str]
    problems: list[str]


class Filled(NamedTuple):
    """A variable with its value; `problem` says why there is none that may be used."""

    variable: Variable
    value: str
    comes_from: str  # "hand", a source, "default" or empty
    problem: str


def declared_in(body: str) -> list[Variable]:
    return _declared(front_matter.read(body).values)[0]


def variables_of(body: str) -> Report:
    """Return what the text declares and uses, with a sentence for each thing to put right."""
    matter = front_matter.read(body)
    declared, problems = _declared(matter.values)
    used = list(dict.fromkeys(USED.findall(matter.text)))
    names = {variable.name for variable in declared}
    undeclared = [name for name in used if name not in names]
    sentence = _("{{%(name)s}} is used and not declared under “variables”.")
    problems += [sentence % {"name": name} for name in undeclared]
    sentence = _("“%(name)s” is declared and used nowhere.")
    problems += [sentence % {"name": name} for name in names - set(used)]
    return Report(declared, used, undeclared, problems)


def why_not_value(variable: Variable, value: str) -> str:
    """Return why this value cannot be used, or nothing."""
    if len(value) > LONGEST_VALUE:
        return _("It is longer than %(limit)s characters.") % {"limit": LONGEST_VALUE}
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in value):
        return _("It holds a line end or a control character.")
    if BIDI & set(value):
        return _("It holds a mark that turns the direction of writing.")
    if variable.pattern:
        if not patterns.matches(variable.pattern, value):
            return _("It does not match %(pattern)s.") % {"pattern": variable.pattern}
    elif value.startswith("-"):
        return _(
            "It begins with a dash and would be read as an option; only a pattern allows that."
        )
    return ""


def checked(
    variables: Iterable[Variable], values: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values that may be kept, and why the others may not; secrets never are."""
    kept, problems = {}, {}
    for variable in variables:
        value = values.get(variable.name, "").strip()
        if not value or variable.secret:
            continue
        if problem := why_not_value(variable, value):
            problems[variable.name] = problem
        else:
            kept[variable.name] = value
    return kept, problems


def filled(
    variables: Iterable[Variable], by_hand: Mapping[str, str], known: Mapping[str, str]
) -> list[Filled]:
    """Return each variable with the first value that there is: by hand, by source, default."""
    return [_filled(variable, by_hand, known) for variable in variables]


def _filled(variable: Variable, by_hand: Mapping[str, str], known: Mapping[str, str]) -> Filled:
    if variable.secret:
        return Filled(variable, "", "", "")
    offers = [("hand", by_hand.get(variable.name, "").strip())]
    offers += [(source, known.get(source, "")) for source in variable.sources]
    offers.append(("default", variable.default))
    comes_from, value = next((offer for offer in offers if offer[1]), ("", ""))
    problem = why_not_value(variable, value) if value else _("It has no value yet.")
    return Filled(variable, value, comes_from, problem)


def _declared(values: Mapping[str, Any]) -> tuple[list[Variable], list[str]]:
    rows = values.get("variables", [])
    if not isinstance(rows, list):
        return [], [_("“variables” is not a list.")]
    found: dict[str, Variable] = {}
    problems = []
    for row in rows[:MOST]:
        variable, problem = _variable(row)
        if variable and variable.name in found:
            problem = _("“%(name)s” is declared twice.") % {"name": variable.name}
        elif variable:
            found[variable.name] = variable
        if problem:
            problems.append(problem)
    return list(found.values()), problems


def _variable(row: Any) -> tuple[Variable | None, str]:
    """Return what one row declares; a pattern that is refused lets no value through."""
    if not isinstance(row, dict) or not NAME.fullmatch(str(row.get("name", ""))):
        return None, _("A variable has no name of letters, digits and underscores.")
    words = {key: _word(row.get(key)) for key in ("name", "label", "source", "default")}
    words |= {key: _word(row.get(key)) for key in ("pattern", "example")}
    variable = Variable(**words, secret=row.get("secret") is True)
    problem = _why_not_declared(variable)
    if problem:
        problem = f"{variable.name}: {problem}"
        variable = variable._replace(pattern=r"(?!)") if variable.pattern else variable
    return variable, problem


def _why_not_declared(variable: Variable) -> str:
    if variable.source and not SOURCES.fullmatch(variable.source):
        return _("“%(source)s” is no source.") % {"source": variable.source}
    if len(variable.pattern) > LONGEST_PATTERN:
        return _("The pattern is longer than %(n)d characters.") % {"n": LONGEST_PATTERN}
    try:
        patterns.parsed(variable.pattern)
    except patterns.PatternRefused as refused:
        sentence = _(
            "The pattern cannot be read from “%(rest)s” on: letters and classes such as "
            "[a-z-], one repetition behind each (* + ? {2,5}), | between whole alternatives; "
            "no groups."
        )
        return sentence % {"rest": str(refused)[:40]}
    if variable.default and (problem := why_not_value(variable, variable.default)):
        return _("The default cannot be used. %(why)s") % {"why": problem}
    return ""


def _word(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value)[:LONGEST_VALUE]
