"""`manage.py publish_status_page`: write the status page to its places, or to a directory."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.copy_places import places, put_into
from incidents.models import PageCopy
from incidents.workflow import copies
from portal import clock


class Command(BaseCommand):
    help = "Write the status page as files, now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--directory", type=Path, help="Only there, once.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["directory"]:
            documents = copies.draw(clock.now(), is_first=True)
            for document in sorted(documents, key=lambda each: each.path == ""):
                put_into(options["directory"], document)
            self.stdout.write(f"{len(documents)} files in {options['directory']}")
            return
        if not places():
            raise CommandError(
                "No place is named. Set EVENKEEL_STATUS_DIRECTORY or "
                "EVENKEEL_STATUS_S3_BUCKET, or say --directory."
            )
        copies.want_copies(clock.now())
        copies.copy_due(clock.now(), patience=copies.DEADLINE)
        for copy in PageCopy.objects.filter(place__in=places()):
            if copy.failing_since is not None:
                raise CommandError(f"{copy.place}: {copy.last_error}")
            count = len(copy.files)
            self.stdout.write(f"{copy.place}: {count} files, as of {copy.drawn_at}")
