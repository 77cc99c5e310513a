"""Find the parts and the steps of a runbook, by the walk that also draws the document."""

import re
from typing import NamedTuple

from .engine.blocks import Block, Item, Leaf, List, Refused
from .engine.outline import Anchors
from .engine.render import normalised
from .engine.walk import walk

STEPS = {"steps", "procedure", "instructions"}
# What authors call the five parts of a runbook; the first is the name that we use.
PARTS: dict[str, set[str]] = {
    "symptoms": {"symptoms", "symptom", "signs", "meaning", "impact", "what you see"},
    "investigation": {
        *("investigation", "investigate", "diagnosis", "diagnose", "diagnostics"),
        *("triage", "troubleshooting", "debugging", "analysis", "check"),
    },
    "resolution": {
        *("resolution", "resolve", "mitigation", "remediation", "recovery", "repair"),
        *("solution", "fix", "how to fix", "fixing"),
    },
    "verification": {"verification", "verify", "validation", "validate", "confirmation"},
    "escalation": {"escalation", "escalate", "contacts", "who to call", "getting help"},
}
WITH_STEPS = ("investigation", "resolution", "verification")
# Words behind such a name that change nothing: "Escalation path".
BEHIND = re.compile(r" (?:steps?|path|procedure|process|plan)$")
KINDS = ("do", "check", "decide", "wait", "approve")
KIND = re.compile(rf"(?:\*\*)?({'|'.join(KINDS)}):(?:\*\*)?[ \t]*", re.IGNORECASE)
# White space is counted wherever something else could take it too.
BRANCH = re.compile(
    r"(?:^|[,;?:.])([^,;?:.\n]{1,70}?)[ \t]{0,8}(?:->|→|=>)"
    r"[ \t]{0,8}(?:step[ \t]{0,8})?(\d{1,3}|end)\b",
    re.IGNORECASE,
)
EXPECTED = re.compile(r"\bexpect(?:ed)?:[ \t]*(.{1,200})", re.IGNORECASE)
WAIT = re.compile(r"(\d{1,4})[ \t]*(s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hours?)\b", re.IGNORECASE)
SECONDS = {"s": 1, "m": 60, "h": 3600}
# What stands around a word in a heading or a bold line: "**Resolution**:", "2. Steps".
AROUND = re.compile(r"^[\W\d_]+|(?<![\W_])[\W_]+$")
# A bold line, or bold words and a colon at the beginning of a paragraph.
LABEL = re.compile(r"\*\*([^*\n]{1,80})\*\*[: \t]*(.*)", re.DOTALL)
MARKS = re.compile(r"[`*~\\]|\]\((?:(?!\]\()[^)])*\)|[\[\]]")


class Branch(NamedTuple):
    """One answer to a decision and the number of the step that follows; 0 ends the run."""

    answer: str
    to: int


class Step(NamedTuple):
    """
    One step: its place from 1, a name that survives renumbering, and its Markdown text.

    `kind` is `do`, `check`, `decide`, `wait` or `approve`. `line` is where it begins in the
    text, from 1; `part` is what it belongs to, such as "resolution", or empty.
    """

    number: int
    anchor: str
    kind: str
    text: str
    line: int = 0
    part: str = ""

    @property
    def branches(self) -> list[Branch]:
        """What a decision may lead to, by its first line: "yes -> 4, no -> 5"."""
        if self.kind != "decide":
            return []
        found = BRANCH.findall(self.text.partition("\n")[0])
        return [
            Branch(word.strip(), 0 if to.lower() == "end" else int(to)) for word, to in found
        ]

    @property
    def expected(self) -> str:
        """What a check should find: "check: replicas, expect: 3"."""
        found = EXPECTED.search(self.text) if self.kind == "check" else None
        return found[1].strip() if found else ""

    @property
    def seconds(self) -> int:
        """How long to wait; 0 where a person says when it is over."""
        found = WAIT.search(self.text.partition("\n")[0]) if self.kind == "wait" else None
        return int(found[1]) * SECONDS[found[2][0].lower()] if found else 0


class Part(NamedTuple):
    """A part of a runbook: what it is, what its author called it, and where it begins."""

    name: str
    title: str
    line: int


def find_steps(source: str) -> list[Step]:
    """
    Return the items of the lists under "Steps", in order, with nested ones inside their step.

    Without such a heading the lists under Investigation, Resolution and Verification count;
    a paragraph that is nothing but the word in bold is as good as a heading. A text that is
    too costly to draw has no steps.
    """
    sections = list(_sections(_blocks(source)))
    of_steps = [section for section in sections if section.is_steps]
    chosen = of_steps if any(section.items for section in of_steps) else sections
    items = [
        (item, section.part)
        for section in chosen
        if section.is_steps or section.part in WITH_STEPS
        for item in section.items
    ]
    anchors = Anchors()
    return [
        _step(number, item, part, anchors) for number, (item, part) in enumerate(items, start=1)
    ]


def find_parts(source: str) -> list[Part]:
    """Return the five parts of a runbook that this text has, in its own order, each once."""
    found: dict[str, Part] = {}
    for section in _sections(_blocks(source)):
        if section.part and section.own_title:
            part = Part(section.part, section.own_title, section.line)
            found.setdefault(section.part, part)
    return list(found.values())


class _Section:
    """What stands under one heading that we know, or under one inside it."""

    def __init__(self, level: int, part: str, *, is_steps: bool, title: str, line: int) -> None:
        self.level, self.part, self.is_steps = level, part, is_steps
        self.own_title, self.line = title, line
        self.items: list[Item] = []


def _blocks(source: str) -> list[Block]:
    try:
        return walk(normalised(source))
    except Refused:
        return []


def _sections(blocks: list[Block]) -> list[_Section]:
    found: list[_Section] = []
    around: list[_Section] = []  # those that we stand in, the outermost first
    for block in blocks:
        level = _heading_level(block)
        if level:
            around = [section for section in around if section.level < level]
            section = _section(block, level, around[-1] if around else None)
            if section:
                found.append(section)
                around.append(section)
        elif around and isinstance(block, List):
            around[-1].items += block.items
    return found


def _section(block: Block, level: int, outer: _Section | None) -> _Section | None:
    """Return what this heading begins, where it or one around it has a name that we know."""
    part, is_steps = _meaning(_title(block).lower())
    if not (part or is_steps or outer):
        return None
    return _Section(
        level,
        part or (outer.part if outer else ""),
        is_steps=is_steps or bool(outer and outer.is_steps),
        title=_title(block) if part else "",
        line=block.line,
    )


def _meaning(name: str) -> tuple[str, bool]:
    """Return the part that a heading begins, or empty, and whether it is of steps."""
    if name in STEPS:
        return "", True
    short = BEHIND.sub("", name)
    return next((part for part, names in PARTS.items() if short in names), ""), False


def _heading_level(block: Block) -> int:
    """Return 1 to 6 for a heading, 7 for a bold line that serves as one, or else 0."""
    if not isinstance(block, Leaf):
        return 0
    if block.kind == "heading":
        return block.level
    label = LABEL.match(block.text) if block.kind == "paragraph" else None
    if label is None:
        return 0
    is_alone = len(block.lines) == 1 and not label[2]
    return 7 if is_alone or any(_meaning(_title(block).lower())) else 0


def _title(block: Block) -> str:
    """The words of a heading; of a paragraph the bold ones that it begins with."""
    if not isinstance(block, Leaf):
        return ""
    label = LABEL.match(block.text) if block.kind == "paragraph" else None
    return AROUND.sub("", MARKS.sub("", label[1] if label else block.text))


def _step(number: int, item: Item, part: str, anchors: Anchors) -> Step:
    text = "\n".join(item.source).strip()
    kind = KIND.match(text)
    if kind:
        text = text[kind.end() :]
    words = MARKS.sub("", text.partition("\n")[0])
    return Step(
        number,
        anchors.take(words, otherwise="step"),
        kind[1].lower() if kind else "do",
        text,
        item.line,
        part,
    )
