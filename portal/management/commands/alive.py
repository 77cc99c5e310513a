"""Say whether the beat or pager of this machine gives signs of life; for health checks."""

import socket
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import clock
from portal.models import Heartbeat


class Command(BaseCommand):
    help = (
        "Exit with 0 when the named process of this machine has given a sign of life lately, "
        "else with 1. The web process is asked by “python -m portal.probe”, a worker by "
        "“celery --app portal inspect ping”."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=["beat", "pager"])
        parser.add_argument(
            "--within", type=int, default=30, metavar="SECONDS", help="how lately (30)"
        )

    def handle(self, *args: Any, kind: str, within: int, **options: Any) -> None:
        mine = Heartbeat.objects.filter(
            kind=kind, name__startswith=f"{kind} {socket.gethostname()}"
        )
        if not mine.filter(beat_at__gte=clock.now() - timedelta(seconds=within)).exists():
            raise CommandError(f"No {kind} here gave a sign of life for {within} seconds.")
