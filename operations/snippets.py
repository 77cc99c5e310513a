"""What a person copies to have a job tell us how it is."""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from operations.models import Heartbeat, RhythmKind

CURL = "curl -fsS -m 10 --retry 5 -o /dev/null"
SHELL = """\
#!/bin/sh
rid=$(cat /proc/sys/kernel/random/uuid)
{curl} "{url}/start?rid=$rid"
output=$(/usr/local/bin/backup 2>&1)
{curl} --data-raw "$output" "{url}/$??rid=$rid"
"""
SYSTEMD = """\
# /etc/systemd/system/backup.service
[Service]
Type=oneshot
ExecStartPre=-{curl} {url}/start
ExecStart=/usr/local/bin/backup
ExecStopPost=-/bin/sh -c '{curl} {url}/$$EXIT_STATUS'
"""
TIMER = """\

# /etc/systemd/system/backup.timer
[Timer]
OnCalendar={times}

[Install]
WantedBy=timers.target
"""
PYTHON = """\
from urllib.request import urlopen as ping

ping("{url}", timeout=10)
"""


class Snippet(NamedTuple):
    title: str
    note: str
    text: str


def ping_url(heartbeat: Heartbeat) -> str:
    return f"{settings.SITE_URL}/ping/{heartbeat.ping_key}"


def snippets(heartbeat: Heartbeat) -> list[Snippet]:
    """Return set-up texts for this job, the plainest first."""
    url = ping_url(heartbeat)
    times = heartbeat.cron if heartbeat.kind == RhythmKind.CRON else "0 4 * * *"
    timer = TIMER.format(times=heartbeat.on_calendar) if heartbeat.on_calendar else ""
    return [
        Snippet("curl", _("When the job has ended well."), f"{CURL} {url}"),
        Snippet(
            "cron",
            _("In the crontab, behind the job; && pings only after a success."),
            f"{times} /usr/local/bin/backup && {CURL} {url}",
        ),
        Snippet(
            _("A shell script"),
            _("With the start, the exit status and what the job printed."),
            SHELL.format(curl=CURL, url=url),
        ),
        Snippet(
            "systemd",
            _("The unit tells of its start and of its exit status."),
            SYSTEMD.format(curl=CURL, url=url) + timer,
        ),
        Snippet("Python", _("At the end of the job."), PYTHON.format(url=url)),
    ]
