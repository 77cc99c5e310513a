"""Loads, renews and removes the demo."""

import secrets
from importlib import import_module
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils.module_loading import module_has_submodule

from portal import demo

FLOORS = ["operations", "knowledge", "maintenance", "incidents"]  # lowest first


class Command(BaseCommand):
    help = (
        "Manage the demo company: “load” adds people, services and three months of history, "
        "“remove” takes it all away and leaves what is yours, “reset” does both. Loading what "
        "is loaded, and removing what is not there, changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["load", "reset", "remove"])

    @transaction.atomic
    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what in {"remove", "reset"}:
            self._remove()
        if what in {"load", "reset"}:
            self._load()

    def _load(self) -> None:
        if demo.is_loaded():
            self.stdout.write("The demo is loaded already; “demo reset” makes it anew.")
            return
        password = f"{secrets.token_hex(3)}-{secrets.token_hex(3)}"
        story = demo.new_story()
        demo.load(story, password)
        for chapter in _chapters():
            chapter.load(story)
        self.stdout.write("The demo company Harbour is here. Sign in as one of:\n")
        for address, role in demo.sign_in_names():
            self.stdout.write(f"  {address:28} {role}")
        self.stdout.write(f"\nThe password of them all, shown this once: {password}\n")

    def _remove(self) -> None:
        for chapter in reversed(_chapters()):
            chapter.remove()
        demo.remove()
        self.stdout.write("The demo is gone.")


def _chapters() -> list[ModuleType]:
    floors = [import_module(floor) for floor in FLOORS]
    return [
        import_module(f"{floor.__name__}.demo")
        for floor in floors
        if module_has_submodule(floor, "demo")
    ]
