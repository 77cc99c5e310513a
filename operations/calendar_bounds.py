"""Reading a calendar in a process of its own, which is ended when it takes too long."""

import subprocess
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from operations.calendar_reading import LONGEST_FILE, Instance, Reading, Unreadable
from portal.strict import BadBody, parse_json

WALL_SECONDS = 15.0
LONGEST_ANSWER = 20_000_000  # bytes


def read_bounded(source: bytes, *, zone: ZoneInfo, start: datetime, end: datetime) -> Reading:
    """Return what `calendar_reading.read` returns, or raise `Unreadable`, within seconds."""
    if len(source) > LONGEST_FILE:
        raise Unreadable("too_long", _("The calendar is longer than 5 MB."))
    answer = _asked(source, zone.key, start.isoformat(), end.isoformat())
    if "code" in answer:
        raise Unreadable(answer["code"], answer["sentence"])
    return Reading([_instance(row) for row in answer["instances"]], answer["notes"])


def _asked(source: bytes, *arguments: str) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and code)
            [sys.executable, "-m", "operations.calendar_reading", *arguments],
            input=source,
            capture_output=True,
            timeout=WALL_SECONDS,
            cwd=settings.BASE_DIR,
            env={"LANG": "C.UTF-8"},  # it handles foreign text: it is told nothing of ours
            check=True,
        )
        answer: dict[str, Any] = parse_json(done.stdout, limit=LONGEST_ANSWER)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        sentence = _("The calendar takes too long to work out: its rules repeat too often.")
        raise Unreadable("over_budget", sentence) from None
    except (OSError, BadBody):
        raise Unreadable("not_read", _("The calendar could not be read now.")) from None
    return answer


def _instance(row: list[Any]) -> Instance:
    uid, starts_at, ends_at, title, attendees, priority = row
    span = datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)
    return Instance(uid, *span, title, tuple(attendees), priority)
