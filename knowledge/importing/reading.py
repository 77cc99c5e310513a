"""
One Markdown file of a folder, read: what it becomes, and all that may be wrong with it by line.

Conventions of Hugo (`_index.md`, `{{< ref >}}`) and MkDocs (`index.md`, `!!! note`) are known
by sight: what we follow is followed, what we do not is told. Nothing is executed or filled in,
and no byte of the text is changed but for what every text here is kept as (`normalised`).
"""

import html as markup
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.translation import gettext as _

from knowledge import front_matter
from knowledge.importing.archive import Archive
from knowledge.line_numbers import Lines
from knowledge.models import DocumentKind, FindingLevel
from knowledge.texts import draw_or_refuse, ids_of, normalised
from portal.errors import DomainError
from portal.markdown import Address, MarkdownRefused, addresses_of, find_steps

INDEXES = {"index", "_index", "readme"}
HEADING = re.compile(r"<h1 [^>]*>(.*?)</h1>", re.DOTALL)
LIKE = {
    "how-to": "how_to",
    "howto": "how_to",
    "guide": "how_to",
    "adr": "decision",
    "meeting-note": "meeting",
    "postmortem": "review",
}
FOREIGN = [
    (re.compile(r"\{\{[<%]\s*(?:rel)?ref\b"), "A link by Hugo's “ref” is not followed."),
    (re.compile(r"!\[[^\]\[]*\]\(<?(?:https?:)?//"), "A picture from elsewhere is not shown."),
    (re.compile(r"\{\{[<%]"), "A Hugo shortcode is shown as it is written."),
    (re.compile(r"(?:!!!|\?\?\?\+?)[ \t]+\w"), "An MkDocs admonition is shown as written."),
    (re.compile(r"-8<-"), "An MkDocs snippet is not taken in."),
    (re.compile(r"===[ \t]+[\"']"), "An MkDocs tab is shown as it is written."),
]
RAW_HTML = re.compile(r"</?[a-zA-Z][\w-]*(?:[ \t][^<>]*)?/?>")
FENCE = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})")
CODE = re.compile(r"`[^`]*`")


class Finding(NamedTuple):
    """Something about a file that whoever imports it should know; line 0 is the whole file."""

    path: str
    line: int
    level: str
    sentence: str


@dataclass
class Page:
    """What a Markdown file becomes."""

    path: str
    body: str = ""
    title: str = ""
    slug: str = ""
    kind: str = ""
    tags: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    alert_names: list[str] = field(default_factory=list)
    owner: str = ""
    team: str = ""
    is_draft: bool = False
    known_at: str = ""  # where the text lay before, which alerts may still name
    addresses: list[tuple[Address, int]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return any(finding.level == FindingLevel.ERROR for finding in self.findings)

    def tell(self, level: str, line: int, sentence: str) -> None:
        self.findings.append(Finding(self.path, line, level, sentence[:400]))


def read_page(path: str, content: bytes, *, kind: str, about: dict[str, Any]) -> Page:
    """
    Return what the file becomes; with an error among its findings it cannot come in.

    `about` is what an export of ours says beside the text; the text's own word counts more.
    """
    page = Page(path)
    text = _decoded(page, content)
    if text is None:
        return page
    page.body = normalised(text)
    if page.body != text:
        _tell_what_changes(page, text)
    matter = front_matter.read(page.body)
    for problem in matter.problems:
        page.tell(FindingLevel.WARNING, problem.line, problem.sentence)
    page.lines = matter.lines
    html = _drawn(page)
    _about(page, {**about, **matter.values}, html, default_kind=kind)
    _tell_foreign(page, matter)
    return page


def anchors_of(archive: Archive, path: str) -> set[str] | None:
    """Return the headings of a text; None where it cannot be read or drawn."""
    try:
        text = archive.read(path).decode("utf-8-sig")
        return ids_of(draw_or_refuse(normalised(text)))
    except (DomainError, MarkdownRefused, UnicodeDecodeError):
        return None


def _decoded(page: Page, content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        page.tell(FindingLevel.ERROR, line, _("The text is not UTF-8."))
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        page.tell(FindingLevel.ERROR, line, _("There is a byte here that no text has (NUL)."))
        return None
    if not text.strip():
        page.tell(FindingLevel.ERROR, 1, _("The file is empty."))
        return None
    if content.startswith(b"\xef\xbb\xbf"):
        page.tell(FindingLevel.NOTE, 1, _("The mark of UTF-8 at its beginning is left out."))
    return text


def _tell_what_changes(page: Page, text: str) -> None:
    what = []
    if "\r" in text:
        what.append(_("line ends become LF"))
    if text.rstrip() + "\n" != text:
        what.append(_("it ends with one line end"))
    if not what or text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n" != page.body:
        what.append(_("accents become one character each"))
    sentence = _("Kept as every text here: %(what)s.") % {"what": ", ".join(what)}
    page.tell(FindingLevel.NOTE, 0, sentence)


def _about(page: Page, said: dict[str, Any], html: str, *, default_kind: str) -> None:
    values = {str(key).lower().replace("-", "_"): value for key, value in said.items()}
    page.title = (_word(values.get("title")) or _first_heading(html) or _named(page.path))[:200]
    page.slug = slugify(_word(values.get("slug")))[:180] or _slug_of(page.path)
    page.kind = _kind(page, values, default_kind)
    page.tags = _words(values.get("tags"))[:30]
    page.services = _words(values.get("services") or values.get("service"))
    page.alert_names = _words(
        values.get("alert_names") or values.get("alerts") or values.get("alert")
    )
    page.owner = _word(values.get("owner"))
    page.team = _word(values.get("team"))
    page.is_draft = values.get("draft") is True
    page.known_at = _word(values.get("original_url") or values.get("runbook_url"))


def _kind(page: Page, values: dict[str, Any], default_kind: str) -> str:
    said = _word(values.get("kind") or values.get("type"))
    if not said:
        return default_kind or _likely_kind(page.body)
    name = LIKE.get(slugify(said), slugify(said).replace("-", "_"))
    if name in DocumentKind.values and name != DocumentKind.REVIEW:
        return name
    sentence = _("There is no kind “%(kind)s” here; it becomes “%(instead)s”.")
    instead = default_kind or _likely_kind(page.body)
    label = DocumentKind(instead).label
    line = page.lines.get("kind") or page.lines.get("type") or 1
    page.tell(FindingLevel.WARNING, line, sentence % {"kind": said, "instead": label})
    return instead


def _likely_kind(body: str) -> str:
    return DocumentKind.RUNBOOK if find_steps(body) else DocumentKind.HOW_TO


def _word(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())[:300]
    is_plain = isinstance(value, int | float | date) and not isinstance(value, bool)
    return str(value) if is_plain else ""


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return []
    return list(dict.fromkeys(word[:200] for one in value if (word := _word(one))))


def _first_heading(html: str) -> str:
    found = HEADING.search(html)
    return " ".join(markup.unescape(strip_tags(found[1])).split()) if found else ""


def _named(path: str) -> str:
    return _own_name(path).replace("-", " ").replace("_", " ").strip().capitalize() or path


def _own_name(path: str) -> str:
    """The name of the file, or of the folder that an index file stands for."""
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    return posixpath.basename(folder) or name if name.lower() in INDEXES else name


def _slug_of(path: str) -> str:
    return slugify(_own_name(path))[:180]


def _drawn(page: Page) -> str:
    try:
        html = draw_or_refuse(page.body)
    except MarkdownRefused as refused:
        page.tell(FindingLevel.ERROR, refused.line, str(refused))
        return ""
    lines = Lines(page.body)
    page.anchors = ids_of(html)
    for address in addresses_of(html):
        text = address.text
        if text.startswith("#s-"):
            text = f"#{text[3:]}"
        page.addresses.append((Address(address.tag, text), lines.next_of(text)))
    return html


def _tell_foreign(page: Page, matter: front_matter.FrontMatter) -> None:
    """What another tool would do with the text, and we do not; each kind of HTML once."""
    html_line = 0
    for number, line in _outside_code(matter.text, matter.first_line):
        told = next((sentence for mark, sentence in FOREIGN if mark.search(line)), None)
        if told:
            page.tell(FindingLevel.WARNING, number, _(told))
        elif not html_line and RAW_HTML.search(CODE.sub("", line)):
            html_line = number
    if html_line:
        page.tell(FindingLevel.NOTE, html_line, _("HTML is shown as it is written."))


def _outside_code(text: str, first: int) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(text.split("\n"), start=first):
        opened = FENCE.match(line)
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif opened:
            fence = opened[1]
        else:
            yield number, line
