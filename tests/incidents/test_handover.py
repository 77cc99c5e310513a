"""A hand-over through the whole house: each floor says what is open, and answers pass over."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from incidents import workflow
from incidents.models import Incident
from operations import on_call
from operations import workflow as operations
from operations.models import Handover, Silence
from portal import clock
from portal.models import Event, Service, Team, User
from tests.incidents.make import make_incident, make_schedule
from tests.maintenance.make import make_action, make_window
from tests.operations.shifts import react

pytestmark = pytest.mark.usefixtures("playbook")

A_WEEK = timedelta(days=7)


@pytest.fixture
def shift(olivia: User, max: User, payments: Team) -> on_call.Shift:
    """The one that runs now, of two people who take turns."""
    schedule = make_schedule(payments, olivia, max)
    now = clock.now()
    found = on_call.shifts(schedule, now, now + timedelta(days=8))[0]
    operations.offer_due(now)
    return found


def hold(service: Service) -> Silence:
    return operations.make_silence(
        reason="Noisy disk",
        ends_at=clock.now() + A_WEEK + A_WEEK,
        services=[service],
        actor=None,
    )


def other_of(leaver: User, *people: User) -> User:
    return next(person for person in people if person != leaver)


def open_items(leaver: User, checkout: Service) -> Incident:
    """One thing on each floor that whoever leaves would have to speak of."""
    incident = make_incident(checkout, actor=leaver)
    workflow.acknowledge(incident, actor=leaver)
    hold(checkout)
    return incident


def test_every_floor_is_on_the_list_and_what_was_acknowledged_passes_over(
    client: Client, shift: on_call.Shift, olivia: User, max: User, checkout: Service
) -> None:
    (leaver,) = shift.people
    taker = other_of(leaver, olivia, max)
    end = shift.ends_at
    incident = open_items(leaver, checkout)
    window = make_window(
        checkout,
        leaver,
        starts_at=end + timedelta(hours=3),
        ends_at=end + timedelta(hours=5),
    )
    action = make_action(leaver, checkout, due_on=(end + timedelta(days=2)).date())

    assert operations.offer_due(end) == 1
    handover = Handover.objects.get()
    kinds = [item.kind for item in handover.items.order_by("order", "pk")]
    assert {"incident", "silence", "window", "action"} <= set(kinds)

    client.force_login(taker)
    page = client.get(reverse("operations:handover", args=[handover.pk])).content.decode()
    for words in (incident.title, "Noisy disk", window.title, action.title):
        assert words in page

    client.post(reverse("operations:handover-accept", args=[handover.pk]))
    react()

    incident.refresh_from_db()
    assert incident.acknowledged_by == taker
    assert incident.commander == taker
    event = Event.objects.get(kind="incident.acknowledgement_transferred")
    assert event.data["from_id"] == leaver.pk


def test_what_others_acknowledged_or_elsewhere_stays_where_it_is(
    client: Client,
    shift: on_call.Shift,
    olivia: User,
    max: User,
    checkout: Service,
    search: Service,
    ana: User,
) -> None:
    (leaver,) = shift.people
    taker = other_of(leaver, olivia, max)
    elsewhere = make_incident(search, actor=ana)
    workflow.acknowledge(elsewhere, actor=ana)
    by_taker = make_incident(checkout, actor=taker, title="Search index is old")
    workflow.acknowledge(by_taker, actor=taker)
    operations.offer_due(shift.ends_at)

    client.force_login(taker)
    client.post(reverse("operations:handover-accept", args=[Handover.objects.get().pk]))
    react()

    for incident, holder in ((elsewhere, ana), (by_taker, taker)):
        incident.refresh_from_db()
        assert incident.acknowledged_by == holder
    assert not Event.objects.filter(kind="incident.acknowledgement_transferred").exists()


def test_a_refused_acceptance_moves_nothing(
    client: Client, shift: on_call.Shift, checkout: Service
) -> None:
    (leaver,) = shift.people
    incident = open_items(leaver, checkout)
    operations.offer_due(shift.ends_at)

    client.force_login(leaver)
    answer = client.post(
        reverse("operations:handover-accept", args=[Handover.objects.get().pk])
    )
    react()

    incident.refresh_from_db()
    assert answer.status_code == 409
    assert "You hand this over" in answer.content.decode()
    assert incident.acknowledged_by == leaver
