"""The demo's pages: each incident woke whoever was on call, and some woke them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.models import Incident
from operations import loads
from operations.load.passed import limits_passed
from operations.load.spans import Span
from operations.models import PaceWarning
from operations.on_call import who_is_on_call
from portal.demo import Story
from portal.models import Notification, SendState, Urgency, User

AGAIN = [timedelta(minutes=5), timedelta(minutes=19)]
# Nights of the last weeks in which nothing came of a page: days ago, hour, minute, team.
FALSE_ALARMS = [
    *((2, 3, 12, "Platform"), (2, 4, 40, "Platform"), (9, 23, 5, "Payments")),
    *((16, 2, 31, "Platform"), (23, 6, 10, "Web"), (31, 1, 55, "Platform")),
    *((40, 22, 47, "Payments"), (52, 19, 20, "Platform"), (66, 3, 8, "Platform")),
]


def load(story: Story) -> None:
    """Removed with the people whom they reached."""
    rows = []
    for incident in Incident.objects.filter(is_demo=True).select_related("service__team"):
        assert incident.service is not None
        person = who_is_on_call(incident.service.team, incident.detected_at).person
        is_night = not 8 <= incident.detected_at.astimezone().hour < 22
        times = [incident.detected_at, *(incident.detected_at + d for d in AGAIN if is_night)]
        if person is not None:
            subject = f"P{incident.severity} {incident.service}: {incident.title}"
            rows += [_page(person, at, incident.reference, subject) for at in times]
    for days_ago, hour, minute, team in FALSE_ALARMS:
        at = story.at(days_ago, hour, minute)
        person = who_is_on_call(story.teams[team], at).person
        if person is not None:
            rows.append(_page(person, at, "", "P2 Queue: backlog grows"))
    Notification.objects.bulk_create(rows)
    _warn(story)


def _warn(story: Story) -> None:
    """As the hourly look would, but nobody is sent anything."""
    people = [story.people[name] for name in ("olivia", "ana", "jun", "leo")]
    rows = loads.rows_of(people, Span(story.now - timedelta(weeks=14), story.now))
    bounds = loads.limits()
    for person in people:
        for found in limits_passed(rows[person.pk], bounds, story.now):
            PaceWarning.objects.create(
                person=person,
                **found._asdict(),
                found_at=story.now,
                due_at=story.now + timedelta(days=bounds.lead_after_days),
                is_demo=True,
            )


def _page(person: User, at: datetime, topic: str, subject: str) -> Notification:
    key = f"demo page {person.pk} {at.isoformat()} {topic}"
    return Notification(
        person=person,
        urgency=Urgency.HIGH,
        lane="apprise:pushover",
        kind="page",
        subject=subject[:250],
        body="",
        topic=topic,
        occasion=key[:64],
        idempotency_key=key[:64],
        state=SendState.SENT,
        wanted_at=at,
        due_at=at,
        created_at=at,
        sent_at=at + timedelta(seconds=3),
        read_at=at + timedelta(minutes=4),
        is_demo=True,
    )
