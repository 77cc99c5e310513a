"""Put in place what every installation starts with."""

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import module_has_submodule

from portal import schedule
from portal.floors import floors


class Command(BaseCommand):
    help = (
        "Add the periodic tasks and the reference content (severities, thresholds, "
        "checklists, runbooks, templates, targets) that are missing. Nothing that is there is "
        "changed, so it may be run again at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        added = {"Periodic tasks": schedule.seed()}
        for config in floors():
            if config.module and module_has_submodule(config.module, "seeds"):
                seeds = import_module(f"{config.name}.seeds")
                added[str(config.verbose_name)] = seeds.seed()
        news = [f"{name}: {count} added" for name, count in added.items() if count]
        self.stdout.write("; ".join(news) + "." if news else "Nothing was missing.")
