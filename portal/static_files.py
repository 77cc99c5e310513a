"""
Static files as a browser wants them: one style sheet a page, hashed names, compressed.

Authors write many small files; `collectstatic` puts what a sheet imports in its place, so
that a page asks once. Nothing is minified or rewritten beyond that.
"""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = ("css/site.css", "css/public.css")
SCRIPT_IMPORT = (
    r"""(?P<matched>import(?P<import>\s*\{[^}]*\})\s*from\s*"(?P<url>[./][^"]*)";)"""
)
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


class MermaidFinder(BaseFinder):
    """
    Finds one file of a package: Mermaid as its makers publish it, for the sandboxed frame.

    The package is not imported; what it does with the file is nothing to us.
    """

    name = "js/mermaid.js"

    def __init__(self) -> None:
        found = find_spec("mermaidx")
        folder = Path(found.origin).parent if found and found.origin else Path("missing")
        self.storage = FileSystemStorage(location=folder / "assets")

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        is_there = path == self.name and self.storage.exists("mermaid.js")
        if not is_there:
            return []
        found = self.storage.path("mermaid.js")
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        if self.storage.exists("mermaid.js"):
            self.storage.prefix = "js"  # type: ignore[attr-defined]  # Django asks for it
            yield "mermaid.js", self.storage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # untyped
    """Inlines what our sheets import; lets our scripts ask by the names that are served."""

    # Of our scripts alone: those of others ask for names that are not there.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((SCRIPT_IMPORT, 'import%(import)s from "%(url)s";'),)),
    )

    def post_process(
        self,
        paths: dict[str, Any],
        dry_run: bool = False,  # noqa: FBT001, FBT002 (Django's)
        **options: Any,
    ) -> Iterator[tuple[str, str, bool]]:
        if not dry_run:
            for sheet in SHEETS:
                self._inline(sheet)
                paths[sheet] = (self, sheet)  # hash what was written, not its source
        yield from super().post_process(paths, dry_run, **options)

    def _inline(self, sheet: str) -> None:
        folder = sheet.rpartition("/")[0]

        def content_of(found: re.Match[str]) -> str:
            return f"@layer {found[2]} {{\n{_source(f'{folder}/{found[1]}')}}}"

        whole = IMPORT.sub(content_of, _source(sheet))
        self.delete(sheet)
        self._save(sheet, ContentFile(whole.encode()))


def _source(name: str) -> str:
    """The file as its author left it: what was collected before may be inlined already."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    return Path(path).read_text()
