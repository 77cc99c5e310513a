"""
Read the alerting rules of a Prometheus rule file, or of a PrometheusRule of Kubernetes.

Nothing is run or expanded. YAML is taken apart node by node, without objects or aliases; what
is wrong is told with its line, and stops no other rule.
"""

import hashlib
import json
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

import yaml
from django.utils.translation import gettext as _

from knowledge.front_matter import Problem

LARGEST = 1_000_000  # bytes
DEEPEST = 12
MOST = 5_000  # rules
LONGEST_NAME = 200
LONGEST_URL = 1_000


class Rule(NamedTuple):
    group: str
    name: str
    line: int
    labels: dict[str, str]
    summary: str
    runbook_url: str
    digest: str  # of all that it says, also of what is not kept


class _Wrong(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        self.problem = Problem(line, sentence)
        super().__init__(sentence)


def read_rules(text: str) -> tuple[list[Rule], list[Problem]]:
    """Return the rules and what is wrong; a text that cannot be read has no rules."""
    if len(text.encode(errors="replace")) > LARGEST:
        sentence = _("The file is larger than %(limit)s bytes.") % {"limit": LARGEST}
        return [], [Problem(1, sentence)]
    rules: list[Rule] = []
    problems: list[Problem] = []
    try:
        _check(text)
        for document in _documents(text):
            for group in _items(_within(document), "groups", problems):
                rules += _of_group(group, problems)
    except _Wrong as wrong:
        return [], [wrong.problem]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = error.problem or error.context or ""
        sentence = _("This is not YAML: %(problem)s.") % {"problem": words}
        return [], [Problem(mark.line + 1 if mark else 1, sentence)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return [], [Problem(1, _("This is not YAML that can be read."))]
    if not rules and not problems:
        problems.append(Problem(1, _("There is no alerting rule in this file.")))
    return rules[:MOST], problems


def _check(text: str) -> None:
    """Refuse what costs much: aliases and deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _Wrong(line, _("The file uses an alias; write the value out."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _Wrong(line, _("The file is nested too deeply."))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _documents(text: str) -> Iterator[yaml.Node]:
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                yield node
    finally:
        loader.dispose()


def _within(node: yaml.Node) -> yaml.Node:
    """The part that holds the groups: all of it, or the `spec` of a PrometheusRule."""
    fields = _fields(node)
    return fields.get("spec", node) if "groups" not in fields else node


def _of_group(group: yaml.Node, problems: list[Problem]) -> list[Rule]:
    name = _text(_fields(group).get("name"))[:LONGEST_NAME]
    found = []
    for node in _items(group, "rules", problems):
        fields = _fields(node)
        if "alert" not in fields:
            if "record" not in fields:
                problems.append(Problem(_line(node), _("A rule has no “alert”.")))
            continue
        rule = _rule(name, fields)
        if rule.name:
            found.append(rule)
        else:
            problems.append(Problem(_line(node), _("A rule has no name.")))
    return found


def _rule(group: str, fields: dict[str, yaml.Node]) -> Rule:
    labels = {name: _text(value) for name, value in _fields(fields.get("labels")).items()}
    annotations = {
        name: _text(value) for name, value in _fields(fields.get("annotations")).items()
    }
    return Rule(
        group=group,
        name=_text(fields["alert"])[:LONGEST_NAME],
        line=_line(fields["alert"]),
        labels=labels,
        summary=annotations.get("summary", "")[:500],
        runbook_url=annotations.get("runbook_url", "")[:LONGEST_URL],
        digest=_digest(fields),
    )


def _digest(fields: dict[str, yaml.Node]) -> str:
    """The same for rules that say the same, however they are laid out."""
    said = [[name, _said(node)] for name, node in sorted(fields.items())]
    return hashlib.sha256(json.dumps(said).encode(errors="replace")).hexdigest()


def _said(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        pairs = [[_text(key), _said(value)] for key, value in node.value]
        return sorted(pairs, key=itemgetter(0))
    if isinstance(node, yaml.SequenceNode):
        return [_said(value) for value in node.value]
    return _text(node)


def _items(node: yaml.Node, name: str, problems: list[Problem]) -> list[yaml.Node]:
    value = _fields(node).get(name)
    if isinstance(value, yaml.SequenceNode):
        return list(value.value)
    problems.append(Problem(_line(value or node), _("“%(name)s” is no list.") % {"name": name}))
    return []


def _fields(node: Any) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _text(node: Any) -> str:
    return node.value.replace("\0", "").strip() if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1
