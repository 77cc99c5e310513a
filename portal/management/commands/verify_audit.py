"""Say whether the audit chain is whole."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import audit
from portal.models import UNSEALED, Event


class Command(BaseCommand):
    help = (
        "Walk the whole audit chain and name every event that was changed, removed or put in. "
        "Exit code 1 when there is one. Events of the last seconds may wait for their seal; "
        "demo events are not part of the chain."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for problem in audit.verify():
            problems += 1
            self.stderr.write(f"Position {problem.position}: {problem.sentence}")
        if problems:
            raise CommandError(f"The audit chain is broken in {problems} places.")
        sealed = Event.objects.exclude(UNSEALED).order_by("-position").first()
        head = sealed.seal[:16] if sealed else "none yet"
        count = sealed.position if sealed else 0
        self.stdout.write(f"The audit chain is whole: {count} events, head {head}.")
        if waiting := Event.objects.filter(UNSEALED, is_demo=False).count():
            self.stdout.write(f"Not sealed yet: {waiting}; the pager seals within seconds.")
