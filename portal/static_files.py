"""
Static files as a browser wants them: one style sheet a page, hashed names, compressed.

Authors write many small files; `collectstatic` puts what a sheet imports in its place, so
that a page asks once. Nothing is minified or rewritten beyond that.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEETS = ("css/site.css", "css/public.css")
SCRIPT_IMPORT = (
    r"""(?P<matched>import(?P<import>\s*\{[^}]*\})\s*from\s*"(?P<url>[./][^"]*)";)"""
)
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')


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
