"""What incidents tells about runbooks: whom alerts woke, and what was done that helped."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.models import Incident, IncidentAlert
from incidents.timeline import timeline
from portal.models import Notification, SendState, User
from portal.slots import contribution

SLEEP_FROM, SLEEP_UNTIL = 22, 8  # hours of the person who was woken
MOST_PAGES = 5_000


@contribution("alert.sleep_pages")
def pages_in_sleep(user: User, since: datetime) -> Iterator[Counter[str]]:
    """How often a person was paged in the hours of sleep, by the name of the alert."""
    pages = Notification.objects.filter(
        kind="page", created_at__gte=since, person__isnull=False, topic__startswith="incident:"
    ).exclude(state=SendState.CANCELLED)
    rows = pages.order_by("-pk").values_list(
        "topic", "occasion", "created_at", "person__time_zone"
    )[:MOST_PAGES]
    woken: Counter[str] = Counter()
    for topic, _occasion, at, zone in {row[1]: row for row in rows}.values():
        hour = at.astimezone(ZoneInfo(zone)).hour
        if hour >= SLEEP_FROM or hour < SLEEP_UNTIL:
            woken[topic] += 1
    names: Counter[str] = Counter()
    keys = [key for topic in woken if (key := topic.partition(":")[2]).isdecimal()]
    visible = Incident.objects.visible_to(user).filter(pk__in=keys)
    alerts = IncidentAlert.objects.filter(incident__in=visible.values("pk"))
    seen = alerts.order_by("incident").values_list("incident", "alert__name").distinct()
    for incident, name in seen:
        names[name] += woken[f"incident:{incident}"]
    yield names


@contribution("runbook.material")
def what_was_done(user: User, reference: str) -> Iterator[list[str]]:
    """What was pinned in an incident, in the order in which it happened."""
    kind, _colon, key = reference.partition(":")
    if kind != "incident" or not key.isdecimal():
        return
    incident = Incident.objects.visible_to(user).filter(pk=key).first()
    if incident is None:
        return
    lines = [
        line for line in timeline(incident, limit=None, reader=user).lines if line.get("pinned")
    ]
    yield [
        " ".join(f"{line['text']} {line.get('words') or ''}".split()) for line in lines[::-1]
    ]
