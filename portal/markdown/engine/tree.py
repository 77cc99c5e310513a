"""Draw the blocks as a tree of elements, for Python-Markdown to fill in what is inline."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import ParagraphProcessor, ReferenceProcessor
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString, code_escape

from . import guards, inline, outline
from .blocks import DONE, Block, Item, Leaf, List, Note, Quote
from .highlight import Highlighter
from .notes import Notes
from .tables import draw_table
from .walk import walk

CALLOUT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\Z", re.IGNORECASE)
CALLOUTS = ("note", "tip", "important", "warning", "caution")
LANGUAGE = re.compile(r"[\w+#.-]{1,30}\Z", re.ASCII)
# Shown as their source; a script may draw some of them in a frame of their own.
DIAGRAMS = {"mermaid", "plantuml", "dot", "graphviz"}
BOXES = {"open": "☐", "done": "☑"}


class Gfm(Extension):
    """Our blocks instead of Python-Markdown's, no raw HTML, our inline marks."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (their name)
        md.preprocessors.deregister("html_block")
        md.preprocessors.deregister("normalize_whitespace")  # it would change tabs in code
        md.parser = _Parser(md)
        inline.extend(md)
        md.treeprocessors.deregister("prettify")  # it would trim code
        md.treeprocessors.register(_Code(md), "code", 5)
        md.treeprocessors.register(outline.Outline(md), "outline", -1)


class _Parser(BlockParser):
    """
    Builds the tree from our walk.

    What is left to Python-Markdown's own processors is one leaf at a time: a reference, a
    table, a paragraph.
    """

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.blockprocessors.register(ReferenceProcessor(self), "reference", 15)
        self.blockprocessors.register(ParagraphProcessor(self), "paragraph", 10)
        self.notes = Notes(md)
        self.leaves: dict[str, Callable[[Element, Leaf], object]] = {
            "code": _code,
            "heading": _heading,
            "rule": lambda parent, _: _child(parent, "hr"),
            "paragraph": self._paragraph,
            "table": draw_table,
            "html": _html,
        }

    def parseDocument(self, lines: Any) -> ElementTree:  # noqa: N802 (their name)
        root = Element(self.md.doc_tag)
        blocks = walk("\n".join(lines))
        guards.check(blocks)
        self._fill(root, blocks)
        self.notes.place(root)
        return ElementTree(root)

    def _fill(self, parent: Element, blocks: list[Block]) -> None:
        for block in blocks:
            if isinstance(block, Leaf):
                self.leaves[block.kind](parent, block)
            elif isinstance(block, List):
                self._list(parent, block)
            elif isinstance(block, Note):
                self._note(block)
            else:
                self._quote(parent, block)

    def _paragraph(self, parent: Element, leaf: Leaf) -> None:
        self.parseBlocks(parent, [leaf.text])

    def _list(self, parent: Element, block: List) -> None:
        if block.start is None:
            element = SubElement(parent, "ul")
        else:
            element = SubElement(parent, "ol")
            if block.start != 1:
                element.set("start", str(block.start))
        # In a tight list, text stands in the item itself and not in a paragraph of its own.
        self.state.set("looselist" if block.is_loose else "list")
        for item in block.items:
            self._item(SubElement(element, "li"), item)
        self.state.reset()

    def _item(self, element: Element, item: Item) -> None:
        self._fill(element, item.children)
        if item.task:
            first = element[0] if len(element) else None
            is_text = first is not None and first.tag == "p" and not element.text
            _put_box(first if first is not None and is_text else element, item.task)

    def _note(self, block: Note) -> None:
        if self.notes.has(block.label):  # of two with one label the first counts
            return
        self.state.set("note")
        self._fill(self.notes.add(block.label), block.children)
        self.state.reset()

    def _quote(self, parent: Element, block: Quote) -> None:
        self.state.set("blockquote")
        kind = _take_callout(block)
        if kind:
            element = SubElement(parent, "div", {"class": f"callout callout-{kind}"})
            _child(element, "div", kind.capitalize()).set("class", "callout-title")
        else:
            element = SubElement(parent, "blockquote")
        self._fill(element, block.children)
        self.state.reset()


def _child(parent: Element, tag: str, text: str | None = None) -> Element:
    child = SubElement(parent, tag)
    child.text = text
    return child


def _code(parent: Element, leaf: Leaf) -> None:
    lines = leaf.lines
    if not leaf.fence:
        lines = "\n".join(lines).rstrip().split("\n")
    language = (leaf.info.split(maxsplit=1) or [""])[0]
    if language.lower() in DIAGRAMS:
        parent = SubElement(parent, "div", {"class": "diagram"})
        _child(parent, "div", "Diagram, as its source").set("class", "diagram-title")
    code = _child(SubElement(parent, "pre"), "code")
    code.text = AtomicString("".join(f"{line}\n" for line in lines))
    if LANGUAGE.match(language):
        code.set("class", f"language-{language}")


def _html(parent: Element, leaf: Leaf) -> None:
    """Show HTML as it was written; the serializer escapes it."""
    _child(parent, "p").text = AtomicString(code_escape(leaf.text))


def _heading(parent: Element, leaf: Leaf) -> None:
    _child(parent, f"h{leaf.level}", leaf.text)


def _take_callout(quote: Quote) -> str:
    """Take the line `[!NOTE]` off a quote that begins with one; return its kind, or nothing."""
    first = quote.children[0] if quote.children else None
    if not isinstance(first, Leaf) or first.kind != "paragraph":
        return ""
    mark = CALLOUT.match(first.lines[0])
    if not mark:
        return ""
    del first.lines[0]
    return mark[1].lower()


def _put_box(element: Element, task: str) -> None:
    box = Element("span", {"class": f"task task-{task}"})
    box.text = AtomicString(BOXES["done" if task == DONE else "open"])
    box.tail, element.text = f" {element.text or ''}", None
    element.insert(0, box)


class _Code(Treeprocessor):
    """Escape and colour blocks of code, after all others have left them alone."""

    def run(self, root: Element) -> None:
        highlighter = Highlighter()
        for block in root.iter("pre"):
            code = block[0]
            language = code.get("class", "").removeprefix("language-")
            highlighter.fill(code, code.text or "", language)
