"""
Is paging in time? The one answer that health URLs, the band and the auditor share.

Every hour a page that leads nowhere goes the whole way through the outbox: when none arrived
for a while, or the pager is quiet, nobody can rely on the others (RELIABILITY R14).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import QuerySet, Subquery
from django.utils.translation import gettext as _

from portal.heartbeats import QUIET_AFTER, newest
from portal.models import (
    NULL_LANE,
    Finding,
    Gravity,
    Heartbeat,
    Notification,
    SendState,
    Urgency,
    User,
)

LATE_AFTER = timedelta(seconds=60)
SYNTHETIC_EVERY = timedelta(hours=1)
SYNTHETIC_MISSED_AFTER = timedelta(minutes=90)
SYNTHETIC_KEPT_FOR = timedelta(days=7)
MEASURED = timedelta(days=1)
MOST_MEASURED = 1000  # newest pages
# What the auditor finds is known here already, and sooner.
KNOWN_AT_ONCE = ["page_late", "pager_quiet"]


@dataclass(frozen=True)
class Paging:
    """How paging does at one moment."""

    oldest_due: datetime | None
    pager_seen: datetime | None
    now: datetime
    alarm: Finding | None = None  # what else the auditor found that keeps pages back

    @property
    def late_for(self) -> timedelta:
        return self.now - self.oldest_due if self.oldest_due else timedelta(0)

    @property
    def is_late(self) -> bool:
        return self.late_for > LATE_AFTER

    @property
    def is_quiet(self) -> bool:
        return self.pager_seen is None or self.now - self.pager_seen > QUIET_AFTER

    @property
    def status(self) -> str:
        if self.is_late:
            return "late"
        if self.is_quiet:
            return "quiet"
        return "alarm" if self.alarm else "ok"

    @property
    def sentence(self) -> str:
        """What everybody must know; empty while all is well."""
        if self.is_late:
            minutes = max(1, self.late_for // timedelta(minutes=1))
            return _("Paging is late: the oldest page has waited for %(minutes)d min.") % {
                "minutes": minutes
            }
        if self.is_quiet:
            return _("Paging has stopped: no pager has given a sign of life lately.")
        if self.alarm:
            return _("Paging is in doubt. %(finding)s") % {"finding": self.alarm.sentence}
        return ""


def state(now: datetime) -> Paging:
    """Ask the database: in one statement where anybody is known, and one more for an alarm."""
    oldest = pages_owed().filter(wanted_at__lte=now).order_by("wanted_at").values("wanted_at")
    seen = Heartbeat.objects.filter(kind="pager").order_by("-beat_at").values("beat_at")
    alarms = Finding.objects.filter(cleared_at=None, gravity=Gravity.ALARM)
    alarms = alarms.exclude(code__in=KNOWN_AT_ONCE).order_by("found_at")
    questions = [Subquery(rows[:1]) for rows in (oldest, seen, alarms.values("pk"))]
    answers = User.objects.order_by("pk").values_list(*questions).first()
    oldest_due, pager_seen, alarm = answers or (None, newest("pager"), None)
    return Paging(
        oldest_due=oldest_due,
        pager_seen=pager_seen,
        now=now,
        alarm=Finding.objects.filter(pk=alarm).first() if alarm else None,
    )


def pages_owed() -> QuerySet[Notification]:
    """What may wake somebody and has not left."""
    return Notification.objects.owed().filter(urgency=Urgency.HIGH)


def owe_synthetic_page(now: datetime) -> int:
    """Owe this hour's page that leads nowhere, and forget the old ones."""
    key = f"synthetic {now:%Y-%m-%dT%H}"
    if Notification.objects.filter(idempotency_key=key).exists():
        return 0
    Notification.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "kind": "synthetic",
            "urgency": Urgency.HIGH,
            "lane": NULL_LANE,
            "subject": "Synthetic page",
            "body": "",
            "occasion": key,
            "in_inbox": False,
            "due_at": now,
            "wanted_at": now,
        },
    )
    synthetic_pages().filter(created_at__lt=now - SYNTHETIC_KEPT_FOR).delete()
    return 1


def synthetic_pages() -> QuerySet[Notification]:
    return Notification.objects.filter(kind="synthetic", lane=NULL_LANE)


def synthetic_is_missed(now: datetime) -> bool:
    """Whether the portal has been in use for a while and no synthetic page arrived lately."""
    since = now - SYNTHETIC_MISSED_AFTER
    if synthetic_pages().filter(state=SendState.SENT, sent_at__gt=since).exists():
        return False
    first = User.objects.filter(is_demo=False).order_by("joined_at").first()
    return first is not None and first.joined_at < since


@dataclass(frozen=True)
class Latency:
    """How long pages took from due to sent within a day."""

    count: int
    typical: timedelta
    longest: timedelta


def latency(now: datetime) -> Latency | None:
    """Measure the pages of the last day, the hourly ones too; None when there was none."""
    sent = Notification.objects.filter(
        state=SendState.SENT, urgency=Urgency.HIGH, sent_at__gt=now - MEASURED
    ).order_by("-pk")
    rows = sent.values_list("wanted_at", "sent_at")[:MOST_MEASURED]
    took = [max(left - wanted, timedelta(0)) for wanted, left in rows if left]
    if not took:
        return None
    seconds = median(length.total_seconds() for length in took)
    return Latency(len(took), timedelta(seconds=seconds), max(took))
