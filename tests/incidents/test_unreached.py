"""A page that no way takes: the next step is taken at once, and the incident says so aloud."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend

from incidents.handlers import go_on_without
from incidents.models import EscalationStep, Incident, StepState
from incidents.timeline import timeline
from incidents.workflow import escalation
from operations.models import Severity
from portal import clock, outbox, reactions
from portal.models import Event, Notification, Service, Team, User
from tests.incidents.make import make_incident, make_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is written to at the address of Olivia's sign-in is not reached."""
    send = EmailBackend.send_messages

    def refuse(self: EmailBackend, messages: Any) -> int:
        if any("olivia@example.com" in message.to for message in messages):
            raise ConnectionRefusedError("no mail server")
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


@pytest.fixture
def incident(checkout: Service, payments: Team, olivia: User, max: User) -> Incident:
    make_schedule(payments, olivia)
    incident = make_incident(checkout, severity=Severity.P0, title="Nobody can pay")
    if not escalation.is_going_on(incident):
        escalation.start(incident, now=clock.now())
    escalation.escalate_due(clock.now())
    return incident


def two_tries() -> None:
    """Send, and once more after the first wait; then let what follows happen."""
    outbox.send_due(clock.now())
    outbox.send_due(clock.now() + timedelta(seconds=30))
    reactions.react_to_all_due(clock.now() + timedelta(seconds=1))


def test_the_next_step_does_not_wait(incident: Incident, silent: None) -> None:
    due = EscalationStep.objects.get(run__incident=incident, state=StepState.DUE)
    assert due.due_at > clock.now()

    two_tries()
    due.refresh_from_db()
    assert due.due_at <= clock.now()
    said = [str(line) for line in timeline(incident).lines]
    assert any("No way of reaching Olivia takes its pages" in line for line in said)


def test_it_is_noted_once(incident: Incident, silent: None) -> None:
    two_tries()
    event = Event.objects.get(kind="page.delivery_failed")
    go_on_without(event)

    assert Event.objects.filter(kind="incident.not_reached").count() == 1


def test_nobody_is_hurried_once_somebody_was_told(
    incident: Incident, silent: None, max: User
) -> None:
    first = Notification.objects.filter(kind="page").latest("pk")
    Notification.objects.create(
        person=max,
        topic=incident.reference,
        kind="page",
        urgency="high",
        subject="x",
        body="x",
        idempotency_key="another",
        occasion="another",
        wanted_at=first.wanted_at,
        due_at=first.wanted_at,
    )
    due = EscalationStep.objects.get(run__incident=incident, state=StepState.DUE)
    two_tries()

    due.refresh_from_db()
    assert due.due_at > clock.now()
    assert Event.objects.filter(kind="incident.not_reached").count() == 1
