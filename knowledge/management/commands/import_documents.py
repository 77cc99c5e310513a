"""Bring in a folder of Markdown: first a check that writes nothing, then, when told to, all."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge import workflow
from knowledge.importing.archive import packed
from knowledge.models import FIRST_SPACE, DocumentImport, DocumentKind, Space, first_space
from portal.errors import DomainError
from portal.models import User


class Command(BaseCommand):
    help = "Check a folder (or a zip) of Markdown; with --write, make documents of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, help="a folder, or a zip file")
        parser.add_argument("--space", default=FIRST_SPACE, help="address of the space")
        parser.add_argument("--kind", default="", choices=["", *DocumentKind.values])
        parser.add_argument("--actor", default="", help="e-mail of whoever brings it in")
        parser.add_argument("--publish", action="store_true", help="publish at once")
        parser.add_argument("--write", action="store_true", help="make documents of it")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["source"].resolve()
        if not source.exists():
            raise CommandError(f"There is no {source}.")
        try:
            coming = workflow.start_import(
                packed(source) if source.is_dir() else source.read_bytes(),
                name=source.name,
                space=self._space(options["space"]),
                kind=options["kind"],
                is_published=options["publish"],
                actor=self._actor(options["actor"]),
            )
            coming = workflow.work_on(coming)
            if options["write"]:
                workflow.take_in(coming, actor=coming.started_by)
                coming = workflow.work_on(coming)
            else:
                workflow.cancel_import(coming, actor=coming.started_by)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        self._report(coming, written=options["write"])

    def _report(self, coming: DocumentImport, *, written: bool) -> None:
        for finding in coming.findings.order_by("path", "line", "pk"):
            where = f"{finding.path}:{finding.line}" if finding.line else finding.path
            self.stdout.write(f"{where}: {finding.get_level_display()}: {finding.sentence}")
        self.stdout.write(f"{coming.file_count} Markdown files")
        if written:
            self.stdout.write(
                f"{coming.created_count} new, {coming.revised_count} revised, "
                f"{coming.same_count} unchanged, {coming.refused_count} refused"
            )

    def _space(self, slug: str) -> Space:
        found = Space.objects.current().filter(slug=slug).first()
        if found is None and slug == FIRST_SPACE:
            return first_space()
        if found is None:
            raise CommandError(f"There is no space {slug}.")
        return found

    def _actor(self, email: str) -> User | None:
        if not email:
            return None
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise CommandError(f"Nobody here has the address {email}.")
        return found
