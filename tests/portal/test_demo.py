"""The demo comes with one command and goes with one, and leaves what is yours."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from incidents.models import CoverageRun, EscalationPolicy, Incident
from incidents.route import policy_for
from incidents.workflow import Rung, Target, create_policy
from knowledge.models import ActionItem, Document
from knowledge.workflow import ask_to_read, comment_on
from maintenance.models import Deployment, MaintenanceRequest, MaintenanceWindow
from operations.models import (
    Alert,
    CalendarImport,
    ChecklistRun,
    FindingKind,
    Handover,
    HandoverState,
    PaceWarning,
    Severity,
    ShiftFinding,
    Silence,
)
from operations.workflow import make_integration, make_silence
from operations.workflow.calendars import fetch_calendar
from operations.workflow.findings import look_for_findings
from operations.workflow.silence_looks import look_at_silences
from portal import clock
from portal.models import Channel, Event, Notification, SendState, Service, Team, User


@pytest.fixture
def seeded(db: None) -> None:
    call_command("seed", verbosity=0)


def demo_rows() -> Iterator[tuple[str, int]]:
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        if "is_demo" in names and "history_id" not in names:
            rows: Any = model._default_manager
            yield model.__name__, rows.filter(is_demo=True).count()


def test_a_quarter_of_a_company_comes_and_goes(seeded: None, checkout: Service) -> None:
    call_command("demo", "load")
    counts = dict(demo_rows())
    assert 0 not in counts.values()
    # The demo sends nothing: what reached people is told as if it had been long ago.
    assert not Notification.objects.exclude(state=SendState.SENT).exists()
    assert PaceWarning.objects.filter(is_demo=True).exists()
    assert Incident.objects.count() > 10
    assert Deployment.objects.count() > 50
    assert ChecklistRun.objects.count() > 100

    call_command("demo", "load")
    assert dict(demo_rows()) == counts

    call_command("demo", "remove")
    assert {count for _, count in demo_rows()} == {0}
    assert list(Service.objects.all()) == [checkout]
    for model in (Alert, Incident, ActionItem, MaintenanceRequest):
        assert not model._default_manager.exists(), model
    assert not User.history.filter(is_demo=True).exists()


def test_nothing_of_it_is_part_of_the_audit_chain(seeded: None) -> None:
    before = set(Event.objects.filter(is_demo=False).values_list("pk", flat=True))
    call_command("demo", "load")

    assert set(Event.objects.filter(is_demo=False).values_list("pk", flat=True)) == before


def test_it_shows_what_wakes_people_and_what_does_not(seeded: None) -> None:
    call_command("demo", "load")

    held = Alert.objects.get(is_held=True)
    assert held.holds.open().get().silence is not None
    assert not Incident.objects.filter(alerts__alert=held).exists()
    windows = [row for row in MaintenanceWindow.objects.all() if row.ends_at > clock.now()]
    for window in windows:
        assert Silence.objects.filter(reference=window.reference, is_demo=True).exists()
    run = CoverageRun.objects.get()
    assert run.total_seconds > run.covered_seconds > 0
    states = Handover.objects.values_list("state", flat=True)
    assert sorted(states) == [HandoverState.ACCEPTED, HandoverState.OFFERED]
    checkout = Service.objects.get(slug="checkout")
    assert policy_for(checkout, Severity.P0).policy is not None

    call_command("demo", "remove")
    assert not CoverageRun.objects.exists()
    assert not Silence.history.exists()


def test_the_pager_finds_everything_as_the_demo_says_it_is(seeded: None) -> None:
    call_command("demo", "load")
    held = Alert.objects.get(is_held=True)
    look_at_silences(clock.now())

    assert list(Alert.objects.filter(is_held=True)) == [held]
    calendar = CalendarImport.objects.get()
    said = set(calendar.shifts.values_list("person", "starts_at", "ends_at"))
    fetch_calendar(calendar, now=clock.now())
    calendar.refresh_from_db()
    assert (calendar.error, calendar.unmatched) == ("", [])
    assert said & set(calendar.shifts.values_list("person", "starts_at", "ends_at"))

    # Nobody is missing and nobody has two shifts at once; one shift falls into a leave.
    look_for_findings(clock.now())
    assert set(ShiftFinding.objects.values_list("kind", flat=True)) == {FindingKind.ON_LEAVE}


def test_it_goes_although_people_have_tried_things_out_on_it(
    seeded: None, checkout: Service, ada: User
) -> None:
    call_command("demo", "load")
    shop, web = Service.objects.get(slug="web-shop"), Team.objects.get(slug="web")
    mine, _key = make_integration(name="Mine", service=shop, actor=ada)
    make_silence(reason="Try", services=[shop], ends_at=clock.now() + timedelta(1), actor=ada)
    create_policy(name="Tried", team=web, rungs=[Rung([Target("team")])], actor=ada)
    runbook = Document.objects.filter(is_demo=True, published__isnull=False).earliest("pk")
    revision, reader = runbook.revisions.latest("number"), shop.team.people.first()
    assert reader is not None
    comment_on(revision, text="Tried it", actor=reader)
    ask_to_read(revision, people=[ada], team=web, due_on=date(2100, 1, 1), actor=reader)
    to_the_list = Target("channel", Channel.objects.get(name="Payments list"))
    kept = create_policy(name="Kept", team=None, rungs=[Rung([to_the_list])], actor=ada)

    call_command("demo", "remove")
    mine.refresh_from_db()
    assert mine.service is None
    assert not Silence.objects.exists()
    assert list(EscalationPolicy.objects.all()) == [kept]
    assert list(Service.objects.all()) == [checkout]
