"""The pager says once that a clock is at risk, and once that it is breached."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from incidents import workflow
from incidents.models import Incident, IncidentClock
from incidents.workflow.clock_alarms import ring_due
from operations import workflow as operations
from portal import clock, reactions
from portal.models import Event, Notification, Service, Team, User
from tests.incidents.doors import api, ask, signed_in_as
from tests.incidents.make import make_incident, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BREACHED, AT_RISK = "incident.clock_breached", "incident.clock_at_risk"


@pytest.fixture
def time() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def told(kind: str) -> list[tuple[str, str]]:
    """Whom the clocks told by messages of this kind, and by which way."""
    rows = Notification.objects.filter(kind=kind, in_inbox=True, subject__gt="")
    late = rows.filter(body__contains="oo late") | rows.filter(subject__contains="oo late")
    return sorted((row.person.name, row.urgency) for row in late if row.person)


def said(kind: str) -> list[str]:
    return [event.data["clock"] for event in Event.objects.filter(kind=kind).order_by("pk")]


def ring() -> int:
    return ring_due(clock.now())


def test_a_grave_breach_pages_who_works_on_it_and_the_managers_once(
    checkout: Service, olivia: User, manager: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    workflow.acknowledge(incident, actor=olivia)
    workflow.post_update(incident, phase="investigating", text="We look.", actor=olivia)
    assert ring() == 0

    time.shift(48 * MINUTE)
    assert [ring(), ring()] == [1, 0]
    assert (said(AT_RISK), said(BREACHED)) == (["resolution"], [])
    assert told("reminder") == [("Olivia", "high")]

    time.shift(12 * MINUTE)
    assert [ring(), ring()] == [1, 0]
    assert (said(AT_RISK), said(BREACHED)) == (["resolution"], ["resolution"])
    assert told("page") == [("Max", "high"), ("Olivia", "high")]
    row = IncidentClock.objects.get(kind="resolution")
    assert (row.breached_at, row.breach_reason) == (MONDAY + 60 * MINUTE, "time")


def test_a_small_breach_is_mailed(
    checkout: Service, payments: Team, olivia: User, manager: User, time: Any
) -> None:
    make_schedule(payments, olivia)
    make_incident(checkout, severity=2)
    time.shift(timedelta(hours=2))
    assert ring() == 1
    assert said(BREACHED) == ["response"]
    assert told("page") == []
    assert told("reminder") == [("Max", "low"), ("Olivia", "low")]


def test_what_was_asleep_says_only_the_worse(checkout: Service, time: Any) -> None:
    make_incident(checkout, severity=0)
    time.shift(timedelta(hours=9))
    ring()
    assert said(AT_RISK) == []
    assert sorted(said(BREACHED)) == ["communication", "resolution", "response"]


def test_a_graver_severity_breaches_at_once_and_says_so(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=2)
    time.shift(30 * MINUTE)
    workflow.acknowledge(incident, actor=olivia)
    time.shift(60 * MINUTE)
    workflow.change_severity(incident, severity=0, because="All of it", actor=olivia)
    assert sorted(said(BREACHED)) == ["communication", "resolution", "response"]
    because = {event.data["because"] for event in Event.objects.filter(kind=BREACHED)}
    assert because == {"severity_change"}
    ring()
    assert len(said(BREACHED)) == 3
    assert ring() == 0


def test_nothing_is_said_of_what_is_paused_frozen_or_over(
    checkout: Service, olivia: User, time: Any
) -> None:
    paused, over = (make_incident(checkout, severity=1) for _ in range(2))
    for incident in (paused, over):
        workflow.acknowledge(incident, actor=olivia)
        workflow.post_update(incident, phase="investigating", text="We look.", actor=olivia)
    workflow.pause_clock(paused, waiting_for="vendor", note="Them", actor=olivia)
    workflow.resolve(over, summary="Done", actor=olivia)
    IncidentClock.objects.filter(kind="review").delete()
    time.shift(timedelta(days=3))
    assert ring() == 0


def test_other_hours_move_what_runs(checkout: Service, time: Any) -> None:
    incident = make_incident(checkout, severity=1)
    operations.set_business_hours(
        service=checkout,
        time_zone="UTC",
        ranges=[[day, "12:00", "17:00"] for day in range(5)],
        actor=None,
    )
    reactions.react_to_all_due(clock.now())
    reactions.react_to_all_due(clock.now())
    row = incident.clocks.get(kind="response")
    assert row.due_at == MONDAY + timedelta(hours=2, minutes=15)
    assert [change.reason for change in row.changes.all()] == ["calendar_change"]
    incident.refresh_from_db()
    assert incident.next_due_at == row.due_at


@pytest.mark.parametrize("door", ["page", "api"])
def test_pausing_through_the_doors(checkout: Service, olivia: User, door: str) -> None:
    incident = make_incident(checkout, severity=0)
    note = {"waiting_for": "vendor", "note": "Ticket 7"}
    assert ask(door, olivia, incident, "clocks/pause", **note).status_code in {200, 302}
    row = incident.clocks.get(kind="resolution")
    assert row.paused_for == "vendor"
    assert ask(door, olivia, incident, "clocks/pause", **note).status_code == 409
    assert ask(door, olivia, incident, "clocks/resume").status_code in {200, 302}
    wrong = ask(door, olivia, incident, "clocks/pause", waiting_for="lunch", note="")
    assert wrong.status_code == {"page": 422, "api": 400}[door]


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_corrected_moment_moves_the_clocks_and_keeps_what_was_said(
    checkout: Service, olivia: User, time: Any, door: str
) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(10 * MINUTE)
    at = (MONDAY - 20 * MINUTE).strftime("%Y-%m-%dT%H:%M" + ("Z" if door == "api" else ""))
    path = {"page": "milestones", "api": "milestones/correct"}[door]
    correction = {"milestone": "detected", "at": at, "reason": "A customer had called"}
    assert ask(door, olivia, incident, path, **correction).status_code in {200, 302}

    incident.refresh_from_db()
    assert incident.detected_at == MONDAY - 20 * MINUTE
    assert incident.clocks.get(kind="resolution").due_at == MONDAY + 40 * MINUTE
    event = Event.objects.get(kind="incident.milestone_corrected")
    assert event.data["before"] == MONDAY.isoformat()
    versions = Incident.history.filter(id=incident.pk)
    assert MONDAY in {version.detected_at for version in versions}
    page = signed_in_as(olivia).get(f"/respond/{incident.pk}/clocks/")
    assert "A customer had called" in page.content.decode()


@pytest.mark.parametrize(
    ("milestone", "at", "code"),
    [
        ("detected", MONDAY + timedelta(days=1), "in_the_future"),
        ("closed", MONDAY, "not_reached"),
        ("acknowledged", MONDAY, "not_reached"),
        ("mitigated", MONDAY, "not_reached"),
    ],
)
def test_why_a_moment_cannot_be_corrected(
    checkout: Service, olivia: User, time: Any, milestone: str, at: datetime, code: str
) -> None:
    incident = make_incident(checkout)
    said = {"milestone": milestone, "at": at.isoformat(), "reason": "So"}
    path = f"/api/v1/incidents/{incident.pk}/milestones/correct/"
    answer: Any = api(signed_in_as(olivia), path, said)
    assert answer.status_code == 409
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]


def test_the_list_knows_what_is_breached_and_what_is_due(
    checkout: Service, olivia: User, time: Any
) -> None:
    make_incident(checkout, title="Slow", severity=2)
    make_incident(checkout, title="Typo", severity=3)
    make_incident(checkout, title="Down", severity=0)
    time.shift(10 * MINUTE)
    ring()
    client = signed_in_as(olivia)

    def titles(query: str) -> list[str]:
        page = client.get(f"/respond/incidents/?{query}")
        told = client.get(f"/api/v1/incidents/?{query}").json()["results"]
        shown = [row["incident"].title for row in page.context["rows"]]
        assert shown == [row["title"] for row in told]
        return shown

    assert titles("breached=true") == ["Down"]
    assert titles("breached=false") == ["Typo", "Slow"]
    assert titles("order=due") == ["Down", "Slow", "Typo"]
