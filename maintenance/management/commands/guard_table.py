"""`manage.py guard_table`: why something cannot be done to a request, as Markdown."""

from typing import Any

from django.core.management.base import BaseCommand

from maintenance.rules import as_markdown


class Command(BaseCommand):
    help = "Write why something cannot be done to a request, as Markdown."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(as_markdown(), ending="")
