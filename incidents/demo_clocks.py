"""The demo's clocks: what was kept and what was not, one that waits, and a team's sprints."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from incidents.models import ClockKind, Incident, IncidentClock, IncidentState, PauseReason
from incidents.workflow import clocks, pause_clock
from incidents.workflow.saving import locked_incident
from operations.models import SprintCalendar
from portal.demo import Story, keep, wipe


def load(story: Story) -> None:
    for incident in Incident.objects.filter(service__is_demo=True, clocks=None).order_by("pk"):
        _follow(incident)
    _wait()
    _sprint(story)
    # Nobody is woken by a story.
    ours = IncidentClock.objects.filter(incident__service__is_demo=True)
    ours.update(wake_at=None)


def remove() -> None:
    wipe(SprintCalendar.objects.filter(is_demo=True))


@transaction.atomic
def _follow(incident: Incident) -> None:
    clocks.follow(locked_incident(incident), actor=None)


def _wait() -> None:
    """One that is being worked on waits for its vendor."""
    measured = IncidentClock.objects.running().filter(
        kind=ClockKind.RESOLUTION, target__isnull=False, breached_at__isnull=True
    )
    waiting = Incident.objects.filter(
        service__is_demo=True,
        state=IncidentState.ACKNOWLEDGED,
        pk__in=measured.values("incident"),
    )
    incident = waiting.order_by("-detected_at").first()
    if incident is not None:
        note = "Card network: is Frankfurt back? Their ticket 4711"
        reason = PauseReason.VENDOR
        pause_clock(incident, waiting_for=reason, note=note, actor=incident.commander)


def _sprint(story: Story) -> None:
    team = next(iter(story.teams.values()))
    if SprintCalendar.objects.filter(team=team).exists():
        return
    monday = story.now.date() - timedelta(days=story.now.weekday() + 7)
    sprints = SprintCalendar(team=team, begins_on=monday, days=14, is_demo=True)
    keep(sprints, by=None, at=story.at(60, 9))
