"""Footnotes: `[^1]` in the text, `[^1]: ...` anywhere; drawn at the end, in order of use."""

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

REFERENCE = r"\[\^([^\]\s]{1,60})\]"
# No heading has an underscore in its id, so none of these is taken.
NOTE_ID, REFERENCE_ID = "fn_{}", "fnref_{}"


class Notes(Treeprocessor):
    """Knows the notes of one document; numbers them once everything inline is drawn."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.drawn: dict[str, Element] = {}  # by label
        md.inlinePatterns.register(_Reference(self, md), "note", 175)
        md.treeprocessors.register(self, "notes", 10)

    def add(self, label: str) -> Element:
        """Return where the note with this label is to be drawn."""
        note = self.drawn[label.casefold()] = Element("li")
        return note

    def has(self, label: str) -> bool:
        return label.casefold() in self.drawn

    def place(self, root: Element) -> None:
        """Put all notes under the text, for what is inline in them to be drawn too."""
        if self.drawn:
            section = SubElement(root, "div", {"class": "footnotes"})
            SubElement(section, "ol").extend(self.drawn.values())

    def run(self, root: Element) -> None:
        if not self.drawn:
            return
        section = root[-1]
        root.remove(section)
        notes = self._called_for(root)
        section[0][:] = notes
        for number, note in enumerate(notes, start=1):
            note.set("id", NOTE_ID.format(number))
            _lead_back(note, number)
        if notes:
            root.append(section)

    def _called_for(self, text: Element) -> list[Element]:
        """Number the marks; return the notes that the text calls for, or another such note."""
        numbers: dict[str, int] = {}
        parts = [text]
        for part in parts:  # they grow
            for mark in part.iter("sup"):
                label = mark.attrib.pop("label")
                if label not in numbers:
                    numbers[label] = len(numbers) + 1
                    mark.set("id", REFERENCE_ID.format(numbers[label]))
                    parts.append(self.drawn[label])
                _lead_to(mark[0], numbers[label])
        return parts[1:]


class _Reference(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, notes: Notes, md: Markdown) -> None:
        super().__init__(REFERENCE, md)
        self.notes = notes

    def handleMatch(  # type: ignore[override]  # noqa: N802 (their name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        label = m[1].casefold()
        if label not in self.notes.drawn:
            return None, None, None
        mark = Element("sup", {"label": label})
        SubElement(mark, "a")
        return mark, m.start(), m.end()


def _lead_to(link: Element, number: int) -> None:
    link.set("href", f"#{NOTE_ID.format(number)}")
    link.text = AtomicString(str(number))


def _lead_back(note: Element, number: int) -> None:
    """Add a link to where the note was first called for, at the end of its last paragraph."""
    last = note[-1] if len(note) and note[-1].tag == "p" else note
    if len(last):
        last[-1].tail = f"{last[-1].tail or ''} "
    else:
        last.text = f"{last.text or ''} "
    link = SubElement(SubElement(last, "sup"), "a", {"title": "Back to the text"})
    link.set("href", f"#{REFERENCE_ID.format(number)}")
    link.text = AtomicString("↩")
