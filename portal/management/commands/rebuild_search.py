"""Make the search index anew."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.models import IndexEntry
from portal.search import building


class Command(BaseCommand):
    help = (
        "Make the search index anew from what it describes. People go on searching meanwhile. "
        "The same rows come out as when each change was followed; nothing else is touched."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        building.rebuild(self._tell)
        self.stdout.write(f"{IndexEntry.objects.count()} things can be found.")

    def _tell(self, source: str, done: int, total: int) -> None:
        self.stdout.write(f"{source}: {done} of {total}")
