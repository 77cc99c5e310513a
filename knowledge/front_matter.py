"""
The settings that may stand before a text, between two lines of three hyphens.

They are YAML and part of the words of a revision: kept, compared and exported with them to the
byte, and never drawn (`portal.markdown` leaves them out by the same rule). This is the one
place that reads them, for the import, for the variables of a runbook, for whoever comes next:

    matter = front_matter.read(body)
    matter.values           # {"title": "Restore", "variables": [{"name": "pod"}]}, or {}
    matter.line_of("title") # where a key stands, counted from 1 in the whole text
    matter.problems         # [Problem(line=3, sentence="…")]: what is wrong with it
    matter.text             # what follows, without the settings
    matter.first_line       # the line of the whole text that `text` begins with

Nothing here raises, whatever the text: settings that cannot be read are no settings and one
problem. Values are plain data (`yaml.SafeLoader`): no objects, no aliases, no key twice, at
most `LONGEST` bytes and `DEEPEST` levels. Dates are `date` or `datetime`, as YAML says.
"""

import re
from typing import Any, NamedTuple

import yaml
from django.utils.translation import gettext as _

LONGEST = 20_000  # bytes; what is longer is no front matter that somebody wrote
DEEPEST = 8  # levels of lists and mappings
KEY = re.compile(r"[A-Za-z_][\w-]*[ \t]*:")
FENCE = "---"
ENDS = {"---", "..."}


class Problem(NamedTuple):
    line: int  # from 1, in the whole text
    sentence: str


class FrontMatter(NamedTuple):
    values: dict[str, Any]
    lines: dict[str, int]  # of the keys of the highest level
    problems: list[Problem]
    text: str
    first_line: int

    def line_of(self, key: str) -> int:
        """Return the line where a key stands, or the first one."""
        return self.lines.get(key, 1)


def read(body: str) -> FrontMatter:
    """Part a text into its settings and its words."""
    lines = body.split("\n")
    end = _end(lines)
    if not end:
        return FrontMatter({}, {}, [], body, 1)
    text = "\n".join(lines[end:])
    values, places, problems = _loaded("\n".join(lines[1 : end - 1]))
    return FrontMatter(values, places, problems, text, end + 1)


def _end(lines: list[str]) -> int:
    """Return how many lines the settings take with their fences, or 0 without any."""
    if lines[0].rstrip() != FENCE or not KEY.match("".join(lines[1:2])):
        return 0
    for count, line in enumerate(lines[1:], start=2):
        if line.rstrip() in ENDS:
            return count
    return 0


Loaded = tuple[dict[str, Any], dict[str, int], list[Problem]]


def _loaded(source: str) -> Loaded:
    """Return values, the lines of their keys and what is wrong; line 1 is the fence."""
    if len(source.encode(errors="replace")) > LONGEST:
        sentence = _("The front matter is longer than %(limit)s bytes.")
        return {}, {}, [Problem(1, sentence % {"limit": LONGEST})]
    try:
        return _plain(source)
    except _Refused as refused:
        return {}, {}, [Problem(refused.line, str(refused))]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        sentence = _("The front matter is not YAML: %(problem)s.")
        return {}, {}, [Problem(line, sentence % {"problem": error.problem or error.context})]
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}, {}, [Problem(1, _("The front matter is not YAML that can be read."))]


class _Refused(Exception):
    def __init__(self, node: yaml.Node | yaml.Event, sentence: str) -> None:
        self.line = node.start_mark.line + 2 if node.start_mark else 1
        super().__init__(sentence)


def _plain(source: str) -> Loaded:
    _check_events(source)
    loader = yaml.SafeLoader(source)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}, []
        if not isinstance(node, yaml.MappingNode):
            raise _Refused(node, _("The front matter is not a list of keys with values."))
        places = _places(node)
        values = loader.construct_document(node)
    finally:
        loader.dispose()
    return {str(key): value for key, value in values.items()}, places, []


def _check_events(source: str) -> None:
    """Refuse what costs much and what nobody writes here: aliases, tags, deep nesting."""
    depth = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(event, _("The front matter uses an alias; write the value out."))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _Refused(event, _("The front matter is nested too deeply."))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _places(node: yaml.MappingNode) -> dict[str, int]:
    places: dict[str, int] = {}
    for key, _value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused(key, _("A key of the front matter is not a word."))
        if key.value in places:
            sentence = _("The key “%(key)s” stands twice in the front matter.")
            raise _Refused(key, sentence % {"key": key.value[:60]})
        places[key.value] = key.start_mark.line + 2
    return places
