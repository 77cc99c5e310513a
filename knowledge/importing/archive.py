"""
What lies in a zip from outside, or in a folder: plain files within the root, within limits.

Nothing is unpacked to the disk. A name that leads out, a link, an encrypted or an overlong file
is left out and told; an archive that grows beyond the limits is refused as a whole.
"""

import io
import posixpath
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from portal.errors import refuse
from portal.strict import BadBody, parse_json

MOST_FILES = 5_000
MOST_BYTES = 300_000_000  # of all files together, unpacked
LARGEST = 10_000_000  # bytes of one file
GREATEST_RATIO = 200  # unpacked to packed, of what is larger than a page
LONGEST_PATH = 400
MARKDOWN = {".md", ".markdown", ".mdown"}
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
# Kept as they are and only ever downloaded.
DOWNLOADS = {".pdf", ".txt", ".csv", ".log", ".json", ".yaml", ".yml", ".svg", ".drawio"}
LISTED = MARKDOWN | PICTURES | DOWNLOADS
ABOUT = "evenkeel.json"  # what an export says of its files
HIDDEN = {".git", ".svn", ".obsidian", "__MACOSX", "node_modules", ".github", ".vscode"}
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f:]")
ONE_PAGE = 100_000


class LeftOut(NamedTuple):
    path: str
    sentence: str


class Archive:
    """The files that may come in, by path from the root, and what was left out."""

    def __init__(self, content: bytes) -> None:
        """Raises `DomainError` for what is no zip, or too much of one."""
        self.left_out: list[LeftOut] = []
        self.root = ""
        self.anchors: dict[str, set[str] | None] = {}  # of texts that were drawn for them
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            raise refuse("not_a_zip", _("This is no zip file that can be read.")) from None
        if len(entries) > MOST_FILES:
            sentence = _("The archive has more than %(n)d files.")
            raise refuse("too_many_files", sentence % {"n": MOST_FILES})
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            sentence = _("The archive unpacks to more than %(n)d MB.")
            raise refuse("archive_too_large", sentence % {"n": MOST_BYTES // 1_000_000})
        self._entries = self._within_root(dict(self._accepted(entries)))

    @property
    def paths(self) -> list[str]:
        return sorted(self._entries)

    @property
    def markdown(self) -> list[str]:
        return [path for path in self.paths if suffix_of(path) in MARKDOWN]

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def read(self, path: str) -> bytes:
        """Return the bytes of a file; raises `DomainError` if it is not what it claimed."""
        try:
            with self._zip.open(self._entries[path]) as file:
                content = file.read(LARGEST + 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
            raise refuse("file_unreadable", _("This file cannot be read.")) from None
        except Exception as error:  # zlib has an error of its own
            raise refuse("file_unreadable", _("This file cannot be read.")) from error
        if len(content) > LARGEST:
            raise refuse("file_too_large", _("This file is larger than it claims."))
        return content

    def about(self) -> dict[str, dict[str, Any]]:
        """Return what an export of ours says of each file beside its text."""
        if ABOUT not in self:
            return {}
        try:
            rows = parse_json(self.read(ABOUT), limit=LARGEST)["documents"]
            return {row["path"]: row for row in rows if isinstance(row, dict)}
        except (BadBody, KeyError, TypeError):
            return {}

    def _accepted(
        self, entries: list[zipfile.ZipInfo]
    ) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        seen: dict[str, str] = {}
        for entry in entries:
            if entry.is_dir():
                continue
            path = posixpath.normpath(entry.filename.replace("\\", "/"))
            if HIDDEN & set(path.split("/")) or path.endswith(".DS_Store"):
                continue
            sentence = _why_not(entry, path) or _twice(path, seen)
            if sentence:
                self.left_out.append(LeftOut(UNPRINTABLE.sub("?", path)[:200], sentence))
            else:
                seen[path.lower()] = path
                yield path, entry

    def _within_root(self, entries: dict[str, zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        """An archive of a repository has one folder around all; paths begin inside of it."""
        tops = {path.partition("/")[0] for path in entries}
        if len(tops) != 1 or any("/" not in path for path in entries):
            return entries
        self.root = tops.pop()
        return {path.partition("/")[2]: entry for path, entry in entries.items()}


def suffix_of(path: str) -> str:
    return posixpath.splitext(path)[1].lower()


def packed(folder: Path) -> bytes:
    """Return the listed files of a folder as a zip; what a link leads to stays outside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packing:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file() or HIDDEN & set(name.split("/")):
                continue
            if any(parent.is_symlink() for parent in path.parents if folder in parent.parents):
                continue
            packing.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return out.getvalue()


def _why_not(entry: zipfile.ZipInfo, path: str) -> str:
    mode = entry.external_attr >> 16
    if path.startswith(("/", "../")) or path == ".." or UNPRINTABLE.search(path):
        return _("Its path leads out of the folder, or cannot be kept.")
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        return _("It is a link or a device, not a file.")
    if entry.flag_bits & 1:
        return _("It is encrypted.")
    if len(path) > LONGEST_PATH:
        return _("Its path is longer than %(n)d characters.") % {"n": LONGEST_PATH}
    if suffix_of(path) not in LISTED:
        return _("Files of this kind are not imported.")
    if entry.file_size > LARGEST:
        return _("It is larger than %(n)d MB.") % {"n": LARGEST // 1_000_000}
    packed_size = max(entry.compress_size, 1)
    if entry.file_size > ONE_PAGE and entry.file_size / packed_size > GREATEST_RATIO:
        return _("It unpacks to far more than it holds.")
    return ""


def _twice(path: str, seen: dict[str, str]) -> str:
    if path.lower() not in seen:
        return ""
    return _("“%(path)s” differs from it only in capitals.") % {"path": seen[path.lower()]}
